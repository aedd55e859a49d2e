import { CliError } from "../errors.ts";
import type { Arguments } from "../parse-arguments.ts";
import { isCount, parseNumber } from "../parse-number.ts";
import { BASE } from "./model-source.ts";
import { type EmbeddingSettings, readEmbeddingSettings } from "./open-retriever.ts";
import { urlProblem } from "./server-arguments.ts";
import { searchProtocols, type SearchLimits } from "./run-planned-tasks.ts";

export interface TaskRequest {
  readonly names: readonly string[];
  readonly data: Readonly<Record<string, string>>;
  readonly fewshot: Readonly<Record<string, string>>;
  /** Folders of adapters, `base` for none; one model each. */
  readonly adapters: readonly string[];
  readonly numFewshot: number | undefined;
  readonly limit: number | undefined;
  readonly chat: boolean;
  readonly fewshotAsMultiturn: boolean;
  /** The template's own choice where it is not given. */
  readonly thinking: boolean | undefined;
  readonly seed: number;
  readonly batchSize: number;
  /** Whether inspect_ai's logs are written, too. */
  readonly inspect: boolean;
  readonly record: string | undefined;
  readonly replay: string | undefined;
  readonly server: string | undefined;
  readonly keyEnv: string | undefined;
  readonly retries: number;
  readonly retriever: string | undefined;
  readonly corpus: string | undefined;
  readonly embeddings: EmbeddingSettings;
  readonly search: SearchLimits;
}

/** `NAME=PATH` by name, `PATH` for every other. */
function readPlaces(
  option: "data" | "fewshot",
  given: readonly string[],
  { names, problems }: { readonly names: readonly string[]; readonly problems: string[] },
): Record<string, string> {
  const data: Record<string, string> = {};
  for (const one of given) {
    const name = names.find((task) => one.startsWith(`${task}=`)) ?? "";
    if (Object.hasOwn(data, name))
      problems.push(`--${option} ${one}: expected one path for ${name || "all tasks"}, found another`);
    data[name] = name === "" ? one : one.slice(name.length + 1);
  }
  return data;
}

function protocolOf(given: string | undefined, problems: string[]): SearchLimits["protocol"] {
  const found = searchProtocols.find((protocol) => protocol === (given ?? "search-r1"));
  if (found === undefined) problems.push(`--protocol: expected one of ${searchProtocols.join(", ")}, found ${given}`);
  return found ?? "search-r1";
}

/** @throws CliError E_USAGE with every problem at once */
export function readTaskRequest(args: Arguments): TaskRequest {
  const { values, lists, flags } = args;
  const names = (lists["task"] ?? []).flatMap((text) => text.split(","));
  const problems = problemsTogether(args, names);
  const count = (name: string, least: number): number | undefined => {
    const given = values[name];
    const number = given === undefined ? undefined : parseNumber(given, isCount(least));
    if (given !== undefined && number === undefined) {
      problems.push(`--${name}: expected a whole number, at least ${least}, found ${given}`);
    }
    return number;
  };
  const request = {
    names,
    data: readPlaces("data", lists["data"] ?? [], { names, problems }),
    fewshot: readPlaces("fewshot", lists["fewshot"] ?? [], { names, problems }),
    adapters: lists["adapter"] ?? [BASE],
    numFewshot: count("num-fewshot", 0),
    limit: count("limit", 1),
    chat: flags.has("apply-chat-template"),
    fewshotAsMultiturn: flags.has("fewshot-as-multiturn"),
    thinking: values["thinking"] === undefined ? undefined : values["thinking"] === "on",
    seed: count("seed", 0) ?? 1,
    batchSize: count("batch-size", 1) ?? 32,
    inspect: values["log"] !== undefined,
    record: values["record"],
    replay: values["replay"],
    server: values["server"],
    keyEnv: values["key-env"],
    retries: count("retries", 0) ?? 4,
    retriever: values["retriever"],
    corpus: values["corpus"],
    embeddings: readEmbeddingSettings(values),
    search: {
      protocol: protocolOf(values["protocol"], problems),
      maxSearches: count("max-searches", 0) ?? 4,
      topK: count("top-k", 1) ?? 3,
      maxNewTokens: count("max-new-tokens", 1) ?? 500,
      maxObservation: count("max-observation", 1) ?? 2000,
    },
  };
  if (problems.length > 0) throw new CliError("E_USAGE", "wrong arguments", { problems });
  return request;
}

/** Options that do not go together. */
function problemsTogether(args: Arguments, names: readonly string[]): string[] {
  const { values, lists, flags } = args;
  const [server, adapters] = [values["server"], lists["adapter"] ?? []];
  const thinking = values["thinking"];
  const ofChat = [
    ...(flags.has("fewshot-as-multiturn") ? ["fewshot-as-multiturn"] : []),
    ...(thinking === undefined ? [] : ["thinking"]),
  ];
  const lacking = flags.has("apply-chat-template") ? [] : ofChat;
  return [
    ...(names.includes("") ? ["--task: expected names parted by commas, found an empty one"] : []),
    ...(values["log"] === undefined || values["log"] === "inspect"
      ? []
      : [`--log: expected inspect, found ${values["log"]}`]),
    ...lacking.map((name) => `--${name}: expected --apply-chat-template with it`),
    ...(thinking === undefined || /^(?:on|off)$/.test(thinking)
      ? []
      : [`--thinking: expected on or off, found ${thinking}`]),
    ...["tasks", "config", "set"]
      .filter((name) => lists[name] !== undefined)
      .map((name) => `--${name}: not with --task`),
    ...(values["replay"] === undefined ? [] : replayProblems(args)),
    ...(server === undefined ? [] : [urlProblem("server", server) ?? []].flat()),
    ...(server === undefined && values["key-env"] !== undefined ? ["--key-env: expected --server with it"] : []),
    ...(new Set(adapters).size < adapters.length ? ["--adapter: expected each adapter once"] : []),
  ];
}

/** A replay has its models and its search tool from the recording. */
function replayProblems({ lists, positionals }: Pick<Arguments, "lists" | "positionals">): string[] {
  const foreign = ["record", "model", "adapter", "server", "retriever"].filter((name) => lists[name] !== undefined);
  return [
    ...foreign.map((name) => `--${name}: not with --replay`),
    ...positionals.map((one) => `${one}: not with --replay`),
  ];
}
