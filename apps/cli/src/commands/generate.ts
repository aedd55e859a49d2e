import { mkdir, readFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";

import type { Command, CommandContext } from "../command.ts";
import { parseOverride } from "../config/override.ts";
import { parseChoice } from "../config/parse-choice.ts";
import { noEngine, openEngine } from "../engine/engine.ts";
import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import { openFingerprints } from "../files/fingerprint.ts";
import { openWorkspace } from "../files/workspace.ts";
import type { Workspace } from "../files/workspace.ts";
import { boundHeap } from "../generation/bound-heap.ts";
import { formatDiagnostics } from "../generation/format-diagnostics.ts";
import { createGeneration } from "../generation/generation-context.ts";
import type { GenerationContext } from "../generation/generation-context.ts";
import { readGenerationRecipe } from "../generation/read-generation-recipe.ts";
import { runsHere } from "../generation/uses-store.ts";
import type { WrittenDiagnostics } from "../generation/write-diagnosed-pairs.ts";
import { packageVersions } from "../package-versions.ts";
import type { Arguments } from "../parse-arguments.ts";
import type { Recipe, RecipePair } from "../recipe/recipe-schema.ts";
import { generateStage } from "../run/generate-stage.ts";
import { createRunContext } from "../run/run-context.ts";
import { emptyManifest } from "../stages/manifest.ts";
import { planStages } from "../stages/plan-stages.ts";

/** `pda generate RECIPE.yaml [--pair NAME] --out PATH`: the pairs of a recipe, without the rest of the run. */
export const generate: Command = {
  description: "Let models answer prompts, write the pairs, and say what they would teach",
  arguments: {
    recipe: { type: "positional", valueHint: "RECIPE.yaml", description: "the recipe" },
    pair: { type: "string", valueHint: "NAME", description: "one of the recipe's pairs; all if not given" },
    out: {
      type: "string",
      required: true,
      valueHint: "PATH",
      description: "of --pair the pairs.jsonl to write; else a folder with one for each pair",
    },
    set: { type: "string", repeatable: true, valueHint: "key=value", description: "one value of the recipe" },
    concurrency: {
      type: "string",
      valueHint: "N",
      description: "requests under way at one URL; the recipe's if not given",
    },
    "max-tokens-total": { type: "string", valueHint: "N", description: "ask no more once so many tokens were spent" },
    "max-cost": {
      type: "string",
      valueHint: "X",
      description: "ask no more once so much was spent, by the recipe's prices",
    },
  },
  async run(args, context) {
    const { values, lists, positionals } = args;
    boundHeap();
    const loaded = await readGenerationRecipe(positionals[0]!, (lists["set"] ?? []).map(parseOverride));
    const out = values["out"]!;
    // Answers outlive the command: another pair of the same models, or another filter, needs no new ones.
    const store = loaded.recipe.generate.store ?? resolve(`${out}.responses`);
    const recipe = { ...loaded.recipe, generate: { ...loaded.recipe.generate, store } };
    const pairs = selectPairs(recipe, values["pair"]);
    const limits = readLimits(args, recipe);
    const workspace = await openWorkspace(out);
    const local = Object.values(pairs).some((pair) => runsHere(pair, recipe.generate));
    const engine = local ? await openEngine(recipe.runtime, context.reporter) : noEngine;
    try {
      if (local) context.reporter.line(`runtime: ${engine.description}`);
      const fingerprints = await openFingerprints(join(workspace.work, "hashes.json"));
      const run = createRunContext({ recipe, locate: loaded.locate, engine, fingerprints, folder: workspace.work });
      const generation = createGeneration(run, { pairs: Object.values(pairs), ...limits });
      const results = await generateAll(pairs, { generation, workspace, context });
      await moveResults(results, { out, workspace, single: values["pair"] !== undefined });
      return describeResults(results, { out, single: values["pair"] !== undefined });
    } finally {
      await engine.close();
    }
  },
};

interface Generated {
  readonly name: string;
  readonly folder: string;
  readonly summary: string;
  readonly diagnostics: WrittenDiagnostics;
}

async function generateAll(
  pairs: Readonly<Record<string, RecipePair>>,
  { generation, workspace, context }: { generation: GenerationContext; workspace: Workspace; context: CommandContext },
): Promise<Generated[]> {
  const results: Generated[] = [];
  for (const [name, pair] of Object.entries(pairs)) {
    const stage = await generateStage(name, pair, generation);
    // Answers of a run that was cut off are used again if nothing they depend on has changed.
    const plan = { folder: workspace.work, manifest: emptyManifest, versions: packageVersions() };
    const work = join(workspace.work, (await planStages([stage], plan))[0]!.key);
    const folder = join(workspace.work, "result", name);
    await mkdir(work, { recursive: true });
    await mkdir(folder, { recursive: true });
    const summary = await stage.run({ ...context, output: folder, work, folderOf: (id) => id });
    const diagnostics = JSON.parse(await readFile(join(folder, "diagnostics.json"), "utf8")) as WrittenDiagnostics;
    results.push({ name, folder, summary, diagnostics });
  }
  return results;
}

/** One pair's rows become the file that was asked for, its diagnostics lie beside it; several pairs become a folder. */
async function moveResults(
  results: readonly Generated[],
  { out, workspace, single }: { out: string; workspace: Workspace; single: boolean },
): Promise<void> {
  if (!single) return workspace.finish();
  const { folder } = results[0]!;
  await rename(join(folder, "diagnostics.json"), diagnosticsName(out));
  await rename(join(folder, "pairs.jsonl"), join(workspace.work, "pairs.jsonl"));
  await workspace.finish("pairs.jsonl");
}

const diagnosticsName = (out: string): string => `${out.replace(/\.jsonl$/, "")}.diagnostics.json`;

function describeResults(results: readonly Generated[], { out, single }: { out: string; single: boolean }) {
  const text = results.map(
    ({ name, summary, diagnostics }) => `${name}: ${summary}\n\n${formatDiagnostics(diagnostics)}\n`,
  );
  const described = Object.fromEntries(
    results.map(({ name, summary, diagnostics }) => [name, { summary, diagnostics: diagnostics as unknown as Json }]),
  );
  const json = single ? { pairs: out, ...Object.values(described)[0]! } : { folder: out, pairs: described };
  return { json, text: `${text.join("\n")}\n→ ${out}` };
}

/** @throws CliError E_USAGE */
function readLimits({ values }: Arguments, { generate: { models } }: Recipe) {
  const problems: string[] = [];
  const read = (name: string, whole: boolean): number | undefined => {
    const given = values[name];
    const number = Number(given);
    if (given === undefined || (number > 0 && (!whole || Number.isInteger(number))))
      return given === undefined ? undefined : number;
    problems.push(`--${name}: expected a positive ${whole ? "whole " : ""}number, found ${given}`);
    return undefined;
  };
  const limits = {
    concurrency: read("concurrency", true),
    maxTokens: read("max-tokens-total", true),
    maxCost: read("max-cost", false),
  };
  const unpriced = Object.entries(models).filter(([, model]) => "urls" in model && model.price === undefined);
  if (limits.maxCost !== undefined)
    for (const [name] of unpriced) problems.push(`--max-cost: expected generate.models.${name}.price, found nothing`);
  if (problems.length > 0) throw new CliError("E_USAGE", "wrong arguments", { problems });
  return limits;
}

/** @throws CliError E_USAGE */
const selectPairs = ({ pairs }: Recipe, name: string | undefined): Recipe["pairs"] =>
  name === undefined ? pairs : { [name]: pairs[parseChoice("--pair", name, Object.keys(pairs))]! };
