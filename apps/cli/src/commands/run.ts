import { join } from "node:path";

import type { Command, CommandContext, CommandResult } from "../command.ts";
import { parseOverride } from "../config/override.ts";
import { openEngine } from "../engine/engine.ts";
import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import { openFingerprints } from "../files/fingerprint.ts";
import { packageVersions } from "../package-versions.ts";
import type { Reporter } from "../print/reporter.ts";
import { textTable } from "../print/text-table.ts";
import { readRecipe } from "../recipe/read-recipe.ts";
import type { LoadedRecipe } from "../recipe/read-recipe.ts";
import { buildStages } from "../run/build-stages.ts";
import { createRunContext } from "../run/run-context.ts";
import { removeReport, writeReport } from "../report/write-report.ts";
import { readManifest, writeManifest } from "../stages/manifest.ts";
import type { Manifest } from "../stages/manifest.ts";
import { planStages } from "../stages/plan-stages.ts";
import type { PlannedStage } from "../stages/plan-stages.ts";
import { takeRunLock } from "../stages/run-lock.ts";
import { isSelected, runStages } from "../stages/run-stages.ts";
import { formatTable } from "../table/format-table.ts";
import { writeTable } from "../table/write-table.ts";

/** `pda run RECIPE.yaml`: generate → train → merge → eval → table → report; what is done is not done again. */
export const run: Command = {
  description: "Run a recipe: generate pairs, train deltas, merge them, evaluate, print one table and write the report",
  arguments: {
    recipe: { type: "positional", valueHint: "RECIPE.yaml", description: "the recipe" },
    out: { type: "string", valueHint: "DIR", description: "the run folder; runs/NAME if not given" },
    only: {
      type: "string",
      valueHint: "STAGE",
      description: "generate, train, merge, eval, table, report, or one stage: train/NAME",
    },
    set: {
      type: "string",
      repeatable: true,
      valueHint: "key=value",
      description: "one value of the recipe: train.max_steps=10",
    },
    "dry-run": { type: "boolean", description: "say what would be done, and do nothing" },
  },
  async run(args, context) {
    const recipe = await readRecipe(args.positionals[0]!, (args.lists["set"] ?? []).map(parseOverride));
    const folder = args.values["out"] ?? join("runs", recipe.recipe.name);
    const options = { folder, only: args.values["only"] };
    if (args.flags.has("dry-run")) return dryRun(recipe, options);
    const lock = await takeRunLock(folder);
    try {
      if (lock.stale) context.reporter.line("an earlier run was cut off here; continuing");
      return await runRecipe(recipe, options, context);
    } finally {
      await lock.release();
    }
  },
};

interface RunOptions {
  readonly folder: string;
  readonly only: string | undefined;
}

async function runRecipe(
  loaded: LoadedRecipe,
  { folder, only }: RunOptions,
  { reporter, signal }: CommandContext,
): Promise<CommandResult> {
  const { recipe } = loaded;
  const { context, planned, manifest, close } = await prepare(loaded, { folder, only, reporter });
  try {
    reporter.line(`runtime: ${context.engine.description}`);
    await context.fingerprints.save();
    const versions = packageVersions();
    const before = { ...manifest, recipe: recipe as unknown as Json, versions };
    await removeReport(folder);
    const after = await runStages(planned, { folder, manifest: before, reporter, signal, only });

    const tabled = recipe.eval !== undefined && (only === undefined || only === "table");
    if (!tabled) {
      const done = planned.filter(({ stage, key }) => after.stages[stage.id]?.key === key).map(({ stage }) => stage.id);
      const { path } = await writeReport(folder);
      return { json: { folder, done }, text: `${done.length} of ${planned.length} stages done\n→ ${path}` };
    }
    const table = await writeTable(folder, { recipe, versions, random: context.random });
    await writeManifest(folder, { ...after, table: evaluationKeys(after) });
    const { path } = await writeReport(folder);
    return { json: table as unknown as Json, text: `${formatTable(table)}\n\n→ ${path}` };
  } catch (error) {
    // What is there is shown; that the page cannot be written must not hide why the run ended.
    await writeReport(folder).catch((cause: unknown) => reporter.line(`report.html: not written: ${String(cause)}`));
    throw error;
  } finally {
    await close();
  }
}

/** What a table of this run rests on. */
const evaluationKeys = ({ planned, stages }: Manifest): Record<string, string> =>
  Object.fromEntries(
    Object.keys(planned).flatMap((id) => (id.startsWith("eval/") ? [[id, stages[id]?.key ?? ""]] : [])),
  );

async function dryRun(loaded: LoadedRecipe, options: RunOptions): Promise<CommandResult> {
  const { planned, close } = await prepare(loaded, options);
  await close();
  const selected = planned.filter(({ stage }) => isSelected(stage, options.only));
  const stages = selected.map(({ stage, key, state }) => ({ stage: stage.id, state, key, needs: stage.needs }));
  const text = textTable(
    ["stage", "state", "key"],
    stages.map(({ stage, state, key }) => [stage, state, key.slice(0, 12)]),
  );
  return { json: { folder: options.folder, stages }, text: `${text}\n\n→ ${options.folder}` };
}

/** Everything up to the first stage: what is to be done, and what is done already. */
async function prepare(
  { recipe, locate }: LoadedRecipe,
  { folder, only, reporter }: RunOptions & { readonly reporter?: Reporter },
) {
  const manifest = await readManifest(folder);
  const engine = await openEngine(recipe.runtime, reporter);
  const fingerprints = await openFingerprints(join(folder, ".hashes.json"));
  const context = createRunContext({ recipe, locate, engine, fingerprints, folder });
  const stages = await buildStages(context);
  if (only !== undefined && only !== "table" && only !== "report" && !stages.some((stage) => isSelected(stage, only))) {
    const known = stages.map(({ id }) => id).join(", ");
    throw new CliError(
      "E_USAGE",
      `--only ${only}: expected generate, train, merge, eval, table, report or one of ${known}`,
    );
  }
  const planned: PlannedStage[] = await planStages(stages, { folder, manifest, versions: packageVersions() });
  return { context, planned, manifest, close: () => engine.close() };
}
