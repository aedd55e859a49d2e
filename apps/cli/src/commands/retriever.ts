import { indexCorpus, openBm25, serveRetriever } from "@prefdelta/eval/node";
import bytes from "bytes";

import type { Command, CommandContext, CommandResult } from "../command.ts";
import { parseChoice } from "../config/parse-choice.ts";
import { CliError } from "../errors.ts";
import type { Arguments } from "../parse-arguments.ts";
import { isCount, parseNumber } from "../parse-number.ts";

type Action = (args: Arguments, context: CommandContext) => Promise<CommandResult>;

const actions = {
  async index({ positionals: [, corpus], values }, { reporter }) {
    const [k1, b] = [numberOf(values, "k1", isWeight), numberOf(values, "b", (value) => value >= 0 && value <= 1)];
    const { passages, terms } = await indexCorpus(corpus!, values["index"]!, {
      ...(k1 === undefined ? {} : { k1 }),
      ...(b === undefined ? {} : { b }),
      onProgress: (count) => reporter.line(`${count} passages read`),
    });
    const index = values["index"]!;
    return { json: { index, passages, terms }, text: `${passages} passages, ${terms} terms → ${index}` };
  },

  /** Until Ctrl-C, which is how a server is meant to end. */
  async serve({ positionals: [, corpus], values }, { reporter, signal }) {
    const port = numberOf(values, "port", (value) => isCount(0)(value) && value < 65_536);
    const maxTopK = numberOf(values, "max-top-k", isCount(1));
    const maxBodyBytes = bodyLimit(values["max-body"]);
    const { host } = values;
    const { retrieve, size, close: closeIndex } = await openBm25(values["index"]!, corpus!);
    try {
      const { url, close } = await serveRetriever({
        retrieve,
        ...(host === undefined ? {} : { host }),
        ...(port === undefined ? {} : { port }),
        ...(maxTopK === undefined ? {} : { maxTopK, defaultTopK: Math.min(3, maxTopK) }),
        ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
      });
      try {
        reporter.line(`${size} passages at ${url}`);
        await aborted(signal);
      } finally {
        await close();
      }
      return { json: { url, passages: size }, text: `closed ${url}` };
    } finally {
      await closeIndex();
    }
  },
} satisfies Record<string, Action>;

/** `pda retriever index|serve CORPUS.jsonl --index FILE`: BM25 over a corpus, behind Search-R1's `/retrieve`. */
export const retriever: Command = {
  description: "Index a corpus for BM25, or serve such an index over Search-R1's protocol",
  arguments: {
    action: { type: "positional", description: Object.keys(actions).join(" or ") },
    corpus: { type: "positional", description: "JSONL of {id, contents}" },
    index: { type: "string", required: true, valueHint: "FILE", description: "the index: written, or served" },
    k1: { type: "string", valueHint: "0.9", description: "of index: how much a repeated term counts" },
    b: { type: "string", valueHint: "0.4", description: "of index: how much a passage's length counts" },
    host: { type: "string", valueHint: "127.0.0.1", description: "of serve: without a password, so only this machine" },
    port: { type: "string", valueHint: "8000", description: "of serve; any free one if not given" },
    "max-top-k": { type: "string", valueHint: "100", description: "of serve: most passages a query may ask for" },
    "max-body": { type: "string", valueHint: "1MB", description: "of serve: largest request" },
  },
  async run(args, context) {
    const action = parseChoice("ACTION", args.positionals[0]!, Object.keys(actions) as (keyof typeof actions)[]);
    const others = action === "index" ? ["host", "port", "max-top-k", "max-body"] : ["k1", "b"];
    const problems = others
      .filter((flag) => args.values[flag] !== undefined)
      .map((flag) => `--${flag}: no option of retriever ${action}`);
    if (problems.length > 0) throw new CliError("E_USAGE", "wrong arguments", { problems });
    return actions[action](args, context);
  },
};

const isWeight = (value: number): boolean => value >= 0 && Number.isFinite(value);

const expectations = {
  k1: "a number of 0 or more",
  b: "a number from 0 to 1",
  port: "a whole number from 0 to 65535",
  "max-top-k": "a positive whole number",
};

function numberOf(
  values: Arguments["values"],
  flag: keyof typeof expectations,
  accepts: (value: number) => boolean,
): number | undefined {
  const text = values[flag];
  if (text === undefined) return undefined;
  const value = parseNumber(text, accepts);
  if (value !== undefined) return value;
  throw new CliError("E_USAGE", `--${flag}: expected ${expectations[flag]}, found "${text}"`);
}

function bodyLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const size = bytes.parse(text);
  if (size !== null && size > 0) return size;
  throw new CliError("E_USAGE", `--max-body: expected a size as 1MB, found "${text}"`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
