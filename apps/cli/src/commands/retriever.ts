import { indexCorpus, indexDense, serveRetriever } from "@prefdelta/eval/node";
import bytes from "bytes";

import type { Command, CommandContext, CommandResult } from "../command.ts";
import { parseChoice } from "../config/parse-choice.ts";
import { CliError } from "../errors.ts";
import { embeddingArguments, openEmbedder, openIndex, readEmbeddingSettings } from "../evaluation/open-retriever.ts";
import type { Arguments } from "../parse-arguments.ts";
import { isCount, parseNumber } from "../parse-number.ts";

type Action = (args: Arguments, context: CommandContext) => Promise<CommandResult>;

/** By vectors, where a server of embeddings is named. */
const indexByVectors: Action = async ({ positionals: [, corpus], values }, { reporter }) => {
  const { url, keyEnv } = readEmbeddingSettings(values);
  const [index, model] = [values["index"]!, values["embedding-model"]];
  if (model === undefined) throw new CliError("E_USAGE", "--embedding-model: expected the model's name, found none");
  const embed = openEmbedder(url!, { keyEnv, env: process.env, fetch })(model);
  const { passages, dimensions } = await indexDense(corpus!, index, {
    ...{ embed, model, queryPrefix: values["query-prefix"] ?? "", passagePrefix: values["passage-prefix"] ?? "" },
    onProgress: (count) => reporter.line(`${count} passages embedded`),
  });
  const text = `${passages} passages, ${dimensions} dimensions → ${index}`;
  return { json: { index, passages, dimensions }, text };
};

const actions = {
  async index(args, context) {
    const {
      positionals: [, corpus],
      values,
    } = args;
    if (values["embeddings"] !== undefined) return indexByVectors(args, context);
    const { reporter } = context;
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
    const embeddings = readEmbeddingSettings(values);
    const {
      retrieve,
      size,
      close: closeIndex,
    } = await openIndex(values["index"]!, {
      ...{ corpus: corpus!, embeddings, env: process.env, fetch },
    });
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

/** Options of one action, and of one kind of index. */
const optionsOf = {
  bm25: ["k1", "b"],
  dense: ["embedding-model", "query-prefix", "passage-prefix"],
  serve: ["host", "port", "max-top-k", "max-body"],
};

/** `pda retriever index|serve CORPUS.jsonl --index PATH`: BM25 or vectors of a corpus, behind Search-R1's `/retrieve`. */
export const retriever: Command = {
  description: "Index a corpus for BM25 or by vectors, or serve such an index over Search-R1's protocol",
  arguments: {
    action: { type: "positional", description: Object.keys(actions).join(" or ") },
    corpus: { type: "positional", description: "JSONL of {id, contents}" },
    index: { type: "string", required: true, valueHint: "PATH", description: "the index: written, or served" },
    ...embeddingArguments,
    "embedding-model": { type: "string", valueHint: "NAME", description: "of index: as that server calls it" },
    "query-prefix": {
      type: "string",
      valueHint: "'query: '",
      description: "of index: put before each query, as E5 wants it",
    },
    "passage-prefix": { type: "string", valueHint: "'passage: '", description: "of index: put before each passage" },
    k1: { type: "string", valueHint: "0.9", description: "of index: how much a repeated term counts" },
    b: { type: "string", valueHint: "0.4", description: "of index: how much a passage's length counts" },
    host: { type: "string", valueHint: "127.0.0.1", description: "of serve: without a password, so only this machine" },
    port: { type: "string", valueHint: "8000", description: "of serve; any free one if not given" },
    "max-top-k": { type: "string", valueHint: "100", description: "of serve: most passages a query may ask for" },
    "max-body": { type: "string", valueHint: "1MB", description: "of serve: largest request" },
  },
  async run(args, context) {
    const action = parseChoice("ACTION", args.positionals[0]!, Object.keys(actions) as (keyof typeof actions)[]);
    const { bm25, dense, serve } = optionsOf;
    const others = action === "serve" ? [...bm25, ...dense] : serve;
    const kinds = action === "serve" ? [] : args.values["embeddings"] === undefined ? dense : bm25;
    const given = (flag: string): boolean => args.values[flag] !== undefined;
    const problems = [
      ...others.filter(given).map((flag) => `--${flag}: no option of retriever ${action}`),
      ...kinds.filter(given).map((flag) => `--${flag}: ${kinds === dense ? "only" : "not"} with --embeddings`),
    ];
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
