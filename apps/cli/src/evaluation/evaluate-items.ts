import { dirname, join, resolve } from "node:path";

import { loraFromAdapter } from "@prefdelta/causal-lm";
import { scoreSkills } from "@prefdelta/eval";
import type { Estimate, Score } from "@prefdelta/eval";
import { loadAdapter } from "@prefdelta/lora/node";
import { createRandom } from "@prefdelta/random";
import { z } from "zod";

import type { CommandContext, CommandResult } from "../command.ts";
import { optionalConfig } from "../config/optional-config.ts";
import { parseOverride } from "../config/override.ts";
import { answerFields, samplingFields, searchSchema } from "../engine/answer-settings.ts";
import { openSearchTool } from "../engine/answer-items.ts";
import { engineOptions } from "../engine/engine-arguments.ts";
import { openEngine } from "../engine/engine.ts";
import { CliError } from "../errors.ts";
import { evaluateSkills } from "./evaluate-skills.ts";
import type { SkillItems } from "./evaluate-skills.ts";
import { readGradedItems } from "./read-graded-items.ts";
import { writeEvaluation } from "./write-evaluation.ts";
import { canonicalJson } from "../files/canonical-json.ts";
import type { Json } from "../files/canonical-json.ts";
import { openFingerprints } from "../files/fingerprint.ts";
import { sha256 } from "../files/hash.ts";
import { openWorkspace } from "../files/workspace.ts";
import { packageVersions } from "../package-versions.ts";
import type { Arguments } from "../parse-arguments.ts";
import { textTable } from "../print/text-table.ts";
import { taskArguments } from "./task-arguments.ts";
import { parseTasks } from "./parse-tasks.ts";

/** `--config eval.yaml`: how answers are written. */
const settingsSchema = z.strictObject({
  ...answerFields,
  ...samplingFields,
  /** Of sampled answers and of the bootstrap. */
  seed: z.int().nonnegative().default(1),
  draws: z.int().min(100).default(2000),
  search: searchSchema.optional(),
});

/** The arguments of this form, and no other's. @throws CliError E_USAGE */
function itemArguments({ values, lists, positionals, flags }: Arguments) {
  const problems: string[] = [];
  const model = positionals[0] ?? values["model"];
  if (model === undefined) problems.push("--model: missing");
  if (positionals.length > 0 && values["model"] !== undefined) problems.push("--model: given twice");
  if (values["tasks"] === undefined) problems.push("--tasks: missing");
  if ((lists["adapter"] ?? []).length > 1) problems.push("--adapter: given twice");
  for (const name of Object.keys(taskArguments)) {
    if (lists[name] !== undefined || flags.has(name)) problems.push(`--${name}: only with --task`);
  }
  if (problems.length > 0) throw new CliError("E_USAGE", "wrong arguments", { problems });
  return { model: model!, tasks: parseTasks(values["tasks"]!), adapterFolder: values["adapter"] };
}

/** `pda eval --tasks FILE.jsonl`: exact match of answers to items, with intervals. */
export async function evaluateItems(args: Arguments, { reporter, signal }: CommandContext): Promise<CommandResult> {
  const { model, tasks, adapterFolder } = itemArguments(args);
  const { out, config: file } = args.values;
  const overrides = (args.lists["set"] ?? []).map(parseOverride);
  const { search, seed, draws, ...settings } = await optionalConfig(settingsSchema, { file, overrides });
  const options = engineOptions(args);
  const skills: Record<string, SkillItems[string]> = {};
  for (const [task, path] of Object.entries(tasks)) skills[task] = await readGradedItems(path);
  const corpus = search === undefined ? undefined : resolve(file === undefined ? "." : dirname(file), search.corpus);
  const tool = search === undefined ? undefined : await openSearchTool(search, corpus!);

  const workspace = await openWorkspace(out!);
  const engine = await openEngine(options, reporter);
  try {
    reporter.line(`runtime: ${engine.description}`);
    const fingerprints = await openFingerprints(join(workspace.work, "hashes.json"));
    const key = sha256(
      canonicalJson({
        model: await fingerprints.folder(model),
        adapter: adapterFolder === undefined ? null : await fingerprints.folder(adapterFolder),
        tasks: await Promise.all(Object.values(tasks).map(fingerprints.file)),
        corpus: corpus === undefined ? null : await fingerprints.file(corpus),
        settings: { ...settings, seed, search: search ?? null } as unknown as Json,
        runtime: engine.description,
        versions: packageVersions(),
      }),
    );
    const lm = await engine.model(model);
    const adapter = adapterFolder === undefined ? undefined : await loadAdapter(adapterFolder, { dora: true });
    const random = createRandom(seed);
    const outcomes = await evaluateSkills(skills, {
      label: "eval",
      lm,
      lora: adapter === undefined ? undefined : loraFromAdapter(lm.config, adapter),
      answers: settings,
      sampling: settings,
      search: tool,
      random: random.fork("eval"),
      work: join(workspace.work, key),
      reporter,
      signal,
    });
    const bootstrap = { random: random.fork("bootstrap"), draws };
    const config = { model: model, adapter: adapterFolder ?? null, ...settings, seed, runtime: engine.description };
    const scores = await writeEvaluation(join(workspace.work, "result"), outcomes, { bootstrap, config });
    await workspace.finish();
    const results = Object.fromEntries(Object.entries(outcomes).map(([skill, one]) => [skill, one.results]));
    const average = scoreSkills(results, bootstrap);
    return { json: { results: out!, scores, average } as unknown as Json, text: formatScores(scores, average, out!) };
  } finally {
    await engine.close();
  }
}

function formatScores(scores: Readonly<Record<string, Score>>, average: Estimate, out: string): string {
  const row = (name: string, { value, low, high }: Estimate, n: string): string[] => [
    name,
    n,
    ...[value, low, high].map((share) => (100 * share).toFixed(1)),
  ];
  const rows = Object.entries(scores).map(([task, score]) => row(task, score, String(score.n)));
  return `${textTable(["task", "items", "exact match %", "low", "high"], [...rows, row("average", average, "")])}\n\n→ ${out}`;
}
