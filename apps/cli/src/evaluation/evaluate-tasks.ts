import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { resumeCassette } from "@prefdelta/eval/node";
import { createRandom } from "@prefdelta/random";

import type { CommandContext, CommandResult } from "../command.ts";
import { engineOptions } from "../engine/engine-arguments.ts";
import { CliError } from "../errors.ts";
import { canonicalJson } from "../files/canonical-json.ts";
import type { Json } from "../files/canonical-json.ts";
import { openFingerprints, type Fingerprints } from "../files/fingerprint.ts";
import { sha256 } from "../files/hash.ts";
import { modelFolder, modelFolders } from "../files/hub-folder.ts";
import { openWorkspace } from "../files/workspace.ts";
import { packageVersions } from "../package-versions.ts";
import type { Arguments } from "../parse-arguments.ts";
import type { Reporter } from "../print/reporter.ts";
import { textTable } from "../print/text-table.ts";
import { localSource, type ModelSource, serverSource } from "./model-source.ts";
import { openRetriever } from "./open-retriever.ts";
import { planTasks } from "./plan-tasks.ts";
import { keepModel, openReplay, readOnly } from "./recording.ts";
import { runPlannedTasks } from "./run-planned-tasks.ts";
import { readTaskRequest, type TaskRequest } from "./task-request.ts";
import { type TaskScore, writeTaskEvaluation } from "./write-task-evaluation.ts";

function modelOf({ positionals, values }: Arguments): string {
  const given = [...positionals, ...(values["model"] === undefined ? [] : [values["model"]])];
  if (given.length === 1) return given[0]!;
  const found = given.length === 0 ? "none" : given.join(" and ");
  throw new CliError("E_USAGE", `MODEL: expected the folder of one model, or its name at --server, found ${found}`);
}

/** What of a request the numbers depend on. */
const settingsOf = ({
  retriever,
  numFewshot,
  limit,
  chat,
  fewshotAsMultiturn,
  thinking,
  seed,
  batchSize,
  search,
}: TaskRequest) => ({
  ...{ num_fewshot: numFewshot ?? null, limit: limit ?? null, apply_chat_template: chat },
  ...{ fewshot_as_multiturn: fewshotAsMultiturn, thinking: thinking ?? null, seed, batch_size: batchSize },
  ...{
    max_searches: search.maxSearches,
    retriever: retriever ?? null,
    top_k: search.topK,
    max_new_tokens: search.maxNewTokens,
    max_observation: search.maxObservation,
    protocol: search.protocol,
  },
});

interface SourceOptions {
  readonly request: TaskRequest;
  readonly fingerprints: Fingerprints;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

async function openSource(
  args: Arguments,
  { request, fingerprints, reporter, signal }: SourceOptions,
): Promise<ModelSource> {
  const { server, keyEnv, retries, chat, thinking, adapters, batchSize, seed } = request;
  const model = modelOf(args);
  if (server !== undefined) {
    const client = { chat, thinking, keyEnv, env: process.env, fetch, signal, retries };
    return serverSource(server, { model, adapters, fingerprints, ...client });
  }
  const random = createRandom(seed).fork("answers");
  const folder = await modelFolder(model, process.env);
  const adapterFolders = await modelFolders(adapters, process.env);
  return localSource(folder, {
    adapters: adapterFolders,
    thinking,
    engine: engineOptions(args),
    batchSize,
    random,
    fingerprints,
    reporter,
  });
}

/** `pda eval MODEL --task …`: tasks in lm-evaluation-harness' form; one folder of results for each model where there are several. */
export async function evaluateTasks(args: Arguments, { reporter, signal }: CommandContext): Promise<CommandResult> {
  const given = readTaskRequest(args);
  if (given.replay === undefined) modelOf(args);
  engineOptions(args);
  const out = args.values["out"]!;
  const replay = given.replay === undefined ? undefined : await openReplay(given.replay);
  const request = replay === undefined ? given : { ...given, retriever: replay.retriever ?? undefined };
  const { tasks, groups } = await planTasks({
    ...request,
    searching: request.retriever !== undefined,
    env: process.env,
  });
  const { corpus, embeddings } = request;
  const retriever =
    replay === undefined
      ? await openRetriever(request.retriever, { corpus, embeddings, env: process.env, fetch })
      : replay.tool;
  const workspace = await openWorkspace(out);
  const fingerprints = await openFingerprints(join(workspace.work, "hashes.json"));
  const source = replay?.source ?? (await openSource(args, { request, fingerprints, reporter, signal }));
  try {
    reporter.line(`runtime: ${source.description}`);
    const { limit, ...settings } = settingsOf(request);
    const random = createRandom(request.seed);
    const scores: Record<string, TaskScore[]> = {};
    for (const { name, identity: identify, open } of source.models) {
      const identified = await identify();
      const identity = { ...identified, versions: packageVersions() };
      const model = await open();
      // A larger limit goes on from a smaller one's answers.
      const key = sha256(canonicalJson({ ...identity, ...settings } as Json));
      const recording = request.record ?? request.replay;
      const work = recording === undefined ? join(workspace.work, key) : join(recording, name);
      const result = join(workspace.work, "result");
      const output = source.models.length === 1 ? result : join(result, name);
      await mkdir(work, { recursive: true });
      await mkdir(output, { recursive: true });
      if (request.record !== undefined) {
        await keepModel(work, { identity: identified, config: model.config, retriever: request.retriever ?? null });
      }
      const evaluations = await runPlannedTasks(tasks, {
        ...{ model, label: name, random, chunk: request.batchSize, work, output, reporter, signal },
        ...{ chat: request.chat, fewshotAsMultiturn: request.fewshotAsMultiturn, search: request.search },
        thinking: request.thinking,
        ...{ retrieve: retriever?.retrieve, openCassette: replay === undefined ? resumeCassette : readOnly },
      });
      const config = { ...identity, ...model.config, limit, ...settings } as Record<string, Json>;
      const bootstrap = { random: random.fork("bootstrap") };
      scores[name] = await writeTaskEvaluation(output, evaluations, {
        ...{ groups, config, bootstrap },
        inspect: request.inspect
          ? { model: name, created: new Date().toISOString().replace(/\.\d+Z$/, "+00:00") }
          : undefined,
      });
    }
    await fingerprints.save();
    await workspace.finish();
    return { json: { results: out, scores } as unknown as Json, text: formatScores(scores, out) };
  } finally {
    await source.close();
    await retriever?.close();
  }
}

function formatScores(scores: Readonly<Record<string, readonly TaskScore[]>>, out: string): string {
  const rows = Object.entries(scores).flatMap(([model, list]) =>
    list.map(({ task, metric, n, ...numbers }) => [
      ...[task, model, metric, String(n)],
      ...[numbers.value, numbers.low, numbers.high].map((value) => value.toFixed(4)),
    ]),
  );
  return `${textTable(["task", "model", "metric", "n", "value", "low", "high"], rows)}\n\n→ ${out}`;
}
