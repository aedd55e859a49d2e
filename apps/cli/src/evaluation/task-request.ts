import { CliError } from "../errors.ts";
import type { Arguments, CommandArguments } from "../parse-arguments.ts";
import { BASE } from "./model-source.ts";
import type { SearchLimits } from "./run-planned-tasks.ts";

/** The options of `pda eval --task`. */
export const taskArguments = {
  task: {
    type: "string",
    repeatable: true,
    valueHint: "NAME|FILE.yaml",
    description: "a task: built in, a YAML file, or a set of open questions",
  },
  data: {
    type: "string",
    repeatable: true,
    valueHint: "[NAME=]PATH",
    description: "the items of the task of that name, or of all: a file, or a folder of splits",
  },
  "num-fewshot": { type: "string", valueHint: "N", description: "examples in each prompt; the task's if not given" },
  limit: { type: "string", valueHint: "N", description: "so many items of each task, the first ones" },
  "apply-chat-template": { type: "boolean", description: "prompts are conversations in the model's template" },
  "fewshot-as-multiturn": { type: "boolean", description: "examples are turns of that conversation" },
  seed: { type: "string", valueHint: "N", description: "of examples, sampled answers and intervals; 1 if not given" },
  "batch-size": {
    type: "string",
    valueHint: "N",
    description: "requests together, and kept together; 32 if not given",
  },
  server: {
    type: "string",
    valueHint: "URL",
    description: "the model is behind this OpenAI-compatible server, /v1 included",
  },
  retries: {
    type: "string",
    valueHint: "N",
    description: "further attempts at a request to the server; 4 if not given",
  },
  "key-env": { type: "string", valueHint: "NAME", description: "environment variable with the server's key" },
  record: { type: "string", valueHint: "DIR", description: "keep every call of models and search tool there" },
  replay: { type: "string", valueHint: "DIR", description: "answers from such a folder, without model or search tool" },
  retriever: { type: "string", valueHint: "URL|INDEX", description: "the search tool of open questions" },
  corpus: { type: "string", valueHint: "CORPUS.jsonl", description: "what that index is of" },
  "max-searches": { type: "string", valueHint: "N", description: "searches for one question; 4 if not given" },
  "top-k": { type: "string", valueHint: "N", description: "passages that a search finds; 3 if not given" },
  "max-new-tokens": {
    type: "string",
    valueHint: "N",
    description: "of one turn of an open question; 500 if not given",
  },
} satisfies CommandArguments;

export interface TaskRequest {
  readonly names: readonly string[];
  readonly data: Readonly<Record<string, string>>;
  /** Folders of adapters, `base` for none; one model each. */
  readonly adapters: readonly string[];
  readonly numFewshot: number | undefined;
  readonly limit: number | undefined;
  readonly chat: boolean;
  readonly fewshotAsMultiturn: boolean;
  readonly seed: number;
  readonly batchSize: number;
  readonly record: string | undefined;
  readonly replay: string | undefined;
  readonly server: string | undefined;
  readonly keyEnv: string | undefined;
  readonly retries: number;
  readonly retriever: string | undefined;
  readonly corpus: string | undefined;
  readonly search: SearchLimits;
}

function readData(given: readonly string[], names: readonly string[], problems: string[]): Record<string, string> {
  const data: Record<string, string> = {};
  for (const one of given) {
    const name = names.find((task) => one.startsWith(`${task}=`)) ?? "";
    if (Object.hasOwn(data, name))
      problems.push(`--data ${one}: expected one path for ${name || "all tasks"}, found another`);
    data[name] = name === "" ? one : one.slice(name.length + 1);
  }
  return data;
}

/** @throws CliError E_USAGE with every problem at once */
export function readTaskRequest({ positionals, values, lists, flags }: Arguments): TaskRequest {
  const problems: string[] = [];
  const count = (name: string, least: number): number | undefined => {
    const given = values[name];
    const number = Number(given);
    if (given === undefined || (given !== "" && Number.isInteger(number) && number >= least)) {
      return given === undefined ? undefined : number;
    }
    problems.push(`--${name}: expected a whole number, at least ${least}, found ${given}`);
    return undefined;
  };
  const names = (lists["task"] ?? []).flatMap((text) => text.split(","));
  if (names.includes("")) problems.push("--task: expected names parted by commas, found an empty one");
  if (flags.has("fewshot-as-multiturn") && !flags.has("apply-chat-template")) {
    problems.push("--fewshot-as-multiturn: expected --apply-chat-template with it");
  }
  for (const foreign of ["tasks", "config", "set"]) {
    if (lists[foreign] !== undefined) problems.push(`--${foreign}: not with --task`);
  }
  const adapters = lists["adapter"] ?? [BASE];
  const request = {
    names,
    data: readData(lists["data"] ?? [], names, problems),
    adapters,
    numFewshot: count("num-fewshot", 0),
    limit: count("limit", 1),
    chat: flags.has("apply-chat-template"),
    fewshotAsMultiturn: flags.has("fewshot-as-multiturn"),
    seed: count("seed", 0) ?? 1,
    batchSize: count("batch-size", 1) ?? 32,
    record: values["record"],
    replay: values["replay"],
    server: values["server"],
    keyEnv: values["key-env"],
    retries: count("retries", 0) ?? 4,
    retriever: values["retriever"],
    corpus: values["corpus"],
    search: {
      maxSearches: count("max-searches", 0) ?? 4,
      topK: count("top-k", 1) ?? 3,
      maxNewTokens: count("max-new-tokens", 1) ?? 500,
    },
  };
  if (request.replay !== undefined) problems.push(...replayProblems({ lists, positionals }));
  if (request.server !== undefined) problems.push(...serverProblems(request.server, lists));
  else if (request.keyEnv !== undefined) problems.push("--key-env: expected --server with it");
  if (new Set(adapters).size < adapters.length) problems.push("--adapter: expected each adapter once");
  if (problems.length > 0) throw new CliError("E_USAGE", "wrong arguments", { problems });
  return request;
}

function serverProblems(server: string, lists: Arguments["lists"]): string[] {
  const problems = /^https?:\/\/./.test(server) ? [] : [`--server: expected a URL as http://host/v1, found ${server}`];
  const adapted = lists["adapter"] === undefined ? [] : ["--adapter: not with --server, where an adapter is a --model"];
  return [...problems, ...adapted];
}

/** A replay has its models and its search tool from the recording. */
function replayProblems({ lists, positionals }: Pick<Arguments, "lists" | "positionals">): string[] {
  const foreign = ["record", "model", "adapter", "server", "retriever"].filter((name) => lists[name] !== undefined);
  return [
    ...foreign.map((name) => `--${name}: not with --replay`),
    ...positionals.map((one) => `${one}: not with --replay`),
  ];
}
