import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { readCassette } from "@prefdelta/eval/node";
import { z } from "zod";

import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import { exists } from "../files/workspace.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";
import type { ModelSource, PlannedModel } from "./model-source.ts";
import type { OpenedRetriever } from "./open-retriever.ts";

/** What a recording says of its model: `DIR/NAME/model.json`, beside `TASK.calls.jsonl` of each task. */
const recordedModel = z.strictObject({
  identity: z.record(z.string(), z.unknown()),
  config: z.record(z.string(), z.unknown()),
  retriever: z.string().nullable(),
});

export interface RecordedModel {
  readonly identity: Readonly<Record<string, Json>>;
  readonly config: Readonly<Record<string, Json>>;
  /** The search tool that was asked. */
  readonly retriever: string | null;
}

const FILE = "model.json";

/** Starts a model's recording, or goes on with it. @throws CliError E_INPUT when the folder holds that of another model */
export async function keepModel(folder: string, model: RecordedModel): Promise<void> {
  const path = join(folder, FILE);
  // As it is written, so that a replay's results have their keys in the same order.
  const text = `${JSON.stringify(model)}\n`;
  if (!(await exists(path))) return writeAtomic(path, text);
  if ((await readFile(path, "utf8")) === text) return;
  throw new CliError(
    "E_INPUT",
    `${path}: expected a recording of the same model, found another's; choose a new folder`,
  );
}

const refusing = (folder: string, what: string) => (): never => {
  throw new CliError(
    "E_INPUT",
    `${folder}: expected ${what} in the recording, found none; same task, data and options?`,
  );
};

/** A model that is not there: whatever was not recorded is an error. */
function absent(folder: string, config: EvaluatedModel["config"]): EvaluatedModel {
  const refuse = (what: string) => refusing(folder, what);
  return {
    loglikelihood: refuse("these log-likelihoods"),
    generate: refuse("these answers"),
    continueText: refuse("these turns"),
    converse: refuse("these turns"),
    chatTemplate: refuse("this conversation as a prompt"),
    config,
  };
}

export interface Replay {
  readonly source: ModelSource;
  readonly retriever: string | null;
  readonly tool: OpenedRetriever | undefined;
}

/** Models out of a recording: no weights, no server, no search tool. @throws CliError E_INPUT */
export async function openReplay(folder: string): Promise<Replay> {
  const names = (await readdir(folder).catch((): string[] => [])).toSorted();
  const found: { name: string; recorded: RecordedModel }[] = [];
  for (const name of names) {
    const path = join(folder, name, FILE);
    if (!(await exists(path))) continue;
    try {
      found.push({ name, recorded: recordedModel.parse(JSON.parse(await readFile(path, "utf8"))) as RecordedModel });
    } catch (cause) {
      throw new CliError("E_INPUT", `${path}: expected what --record wrote, found something else`, { cause });
    }
  }
  if (found.length === 0) throw new CliError("E_INPUT", `${folder}: expected a folder that --record wrote, found none`);
  const models = found.map(({ name, recorded }): PlannedModel => ({
    name,
    identity: () => Promise.resolve(recorded.identity),
    open: () => Promise.resolve(absent(join(folder, name), recorded.config)),
  }));
  const source = { description: `replay of ${folder}`, models, close: () => Promise.resolve() };
  const { retriever } = found[0]!.recorded;
  const retrieve = refusing(folder, "these passages");
  return { source, retriever, tool: retriever === null ? undefined : { retrieve, close: source.close } };
}

/** A recorded task's calls, to which nothing is added. @throws EvalError E_FILE, E_ROW */
export const readOnly = async (path: string) => ({
  entries: await readCassette(path),
  tell: () => Promise.resolve(),
  close: () => Promise.resolve(),
});
