import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import { loraFromAdapter } from "@prefdelta/causal-lm";
import type { CausalLm } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";
import { createRandom } from "@prefdelta/random";

import type { CommandContext, CommandResult } from "../command.ts";
import { engineOptions } from "../engine/engine-arguments.ts";
import { openEngine } from "../engine/engine.ts";
import { CliError } from "../errors.ts";
import { canonicalJson } from "../files/canonical-json.ts";
import type { Json } from "../files/canonical-json.ts";
import { openFingerprints } from "../files/fingerprint.ts";
import { sha256 } from "../files/hash.ts";
import { openWorkspace } from "../files/workspace.ts";
import { packageVersions } from "../package-versions.ts";
import type { Arguments } from "../parse-arguments.ts";
import { textTable } from "../print/text-table.ts";
import { localModel } from "./local-model.ts";
import { openRetriever } from "./open-retriever.ts";
import { planTasks } from "./plan-tasks.ts";
import { runPlannedTasks } from "./run-planned-tasks.ts";
import { BASE, readTaskRequest, type TaskRequest } from "./task-request.ts";
import { type TaskScore, writeTaskEvaluation } from "./write-task-evaluation.ts";

/** Folder names of a run's models: an adapter's own, with a number where two are alike. */
function modelNames(adapters: readonly string[]): string[] {
  const bases = adapters.map((adapter) => basename(resolve(adapter)));
  return bases.map((name, i) => (bases.indexOf(name) === i ? name : `${name}-${i + 1}`));
}

function folderOf({ positionals, values }: Arguments): string {
  const folders = [...positionals, ...(values["model"] === undefined ? [] : [values["model"]])];
  if (folders.length === 1) return folders[0]!;
  const found = folders.length === 0 ? "none" : folders.join(" and ");
  throw new CliError("E_USAGE", `MODEL: expected the folder of one model, found ${found}`);
}

/** What of a request the numbers depend on. */
const settingsOf = ({
  retriever,
  numFewshot,
  limit,
  chat,
  fewshotAsMultiturn,
  seed,
  batchSize,
  search,
}: TaskRequest) => ({
  ...{ num_fewshot: numFewshot ?? null, limit: limit ?? null, apply_chat_template: chat },
  ...{ fewshot_as_multiturn: fewshotAsMultiturn, seed, batch_size: batchSize },
  ...{
    max_searches: search.maxSearches,
    retriever: retriever ?? null,
    top_k: search.topK,
    max_new_tokens: search.maxNewTokens,
  },
});

async function loraOf(lm: CausalLm, adapter: string) {
  return adapter === BASE ? undefined : loraFromAdapter(lm.config, await loadAdapter(adapter));
}

/** `pda eval MODEL --task …`: tasks in lm-evaluation-harness' form; one folder of results for each adapter where there are several. */
export async function evaluateTasks(args: Arguments, { reporter, signal }: CommandContext): Promise<CommandResult> {
  const request = readTaskRequest(args);
  const folder = folderOf(args);
  const out = args.values["out"]!;
  const options = engineOptions(args);
  const { tasks, groups } = await planTasks(request);
  const retriever = await openRetriever(request.retriever, { corpus: request.corpus, fetch });
  const workspace = await openWorkspace(out);
  const engine = await openEngine(options);
  try {
    reporter.line(`runtime: ${engine.description}`);
    const fingerprints = await openFingerprints(join(workspace.work, "hashes.json"));
    const settings = settingsOf(request);
    const random = createRandom(request.seed);
    const scores: Record<string, TaskScore[]> = {};
    for (const [i, name] of modelNames(request.adapters).entries()) {
      const adapter = request.adapters[i]!;
      const identity = {
        model: folder,
        model_sha256: await fingerprints.folder(folder),
        adapter: adapter === BASE ? null : adapter,
        adapter_sha256: adapter === BASE ? null : await fingerprints.folder(adapter),
        runtime: engine.description,
        precision: options.storage,
        versions: packageVersions(),
      };
      // The base stays where it is: only the adapter's factors change.
      const lm = await engine.model(folder);
      const lora = await loraOf(lm, adapter);
      const model = localModel(lm, { lora, batchSize: request.batchSize, random: random.fork("answers") });
      const { limit: _limit, ...answered } = settings;
      const work = join(workspace.work, sha256(canonicalJson({ ...identity, ...answered } as Json)));
      const single = request.adapters.length === 1;
      const output = single ? join(workspace.work, "result") : join(workspace.work, "result", name);
      await mkdir(work, { recursive: true });
      await mkdir(output, { recursive: true });
      const evaluations = await runPlannedTasks(tasks, {
        ...{ model, label: name, random, chunk: request.batchSize, work, output, reporter, signal },
        ...{ chat: request.chat, fewshotAsMultiturn: request.fewshotAsMultiturn, search: request.search },
        retrieve: retriever?.retrieve,
      });
      const config = { ...identity, ...model.config, ...settings } as Record<string, Json>;
      const bootstrap = { random: random.fork("bootstrap") };
      scores[name] = await writeTaskEvaluation(output, evaluations, { groups, config, bootstrap });
    }
    await fingerprints.save();
    await workspace.finish();
    return { json: { results: out, scores } as unknown as Json, text: formatScores(scores, out) };
  } finally {
    await engine.close();
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
