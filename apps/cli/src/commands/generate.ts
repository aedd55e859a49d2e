import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";

import type { Command } from "../command.ts";
import { nearest } from "../config/nearest.ts";
import { parseOverride } from "../config/override.ts";
import { openEngine } from "../engine/engine.ts";
import { CliError } from "../errors.ts";
import { openFingerprints } from "../files/fingerprint.ts";
import { openWorkspace } from "../files/workspace.ts";
import { packageVersions } from "../package-versions.ts";
import { readRecipe } from "../recipe/read-recipe.ts";
import type { Recipe, RecipePair } from "../recipe/recipe-schema.ts";
import { generateStage } from "../run/generate-stage.ts";
import { createRunContext } from "../run/run-context.ts";
import { emptyManifest } from "../stages/manifest.ts";
import { planStages } from "../stages/plan-stages.ts";

/** `pda generate RECIPE.yaml --pair NAME --out FILE`: the pairs of one pair of models, without the rest of the run. */
export const generate: Command = {
  description: "Let two models answer the same prompts, and write the pairs",
  arguments: {
    recipe: { type: "positional", valueHint: "RECIPE.yaml", description: "the recipe" },
    pair: { type: "string", required: true, valueHint: "NAME", description: "which of the recipe's pairs" },
    out: { type: "string", required: true, valueHint: "FILE", description: "the pairs.jsonl to write" },
    set: { type: "string", repeatable: true, valueHint: "key=value", description: "one value of the recipe" },
  },
  async run({ positionals, values, lists }, { reporter, signal }) {
    const { recipe, locate } = await readRecipe(positionals[0]!, (lists["set"] ?? []).map(parseOverride));
    const name = values["pair"]!;
    const pair = findPair(recipe, name);
    const out = values["out"]!;
    const workspace = await openWorkspace(out);
    const engine = await openEngine(recipe.runtime);
    try {
      reporter.line(`runtime: ${engine.description}`);
      const fingerprints = await openFingerprints(join(workspace.work, "hashes.json"));
      const context = createRunContext({ recipe, locate, engine, fingerprints, folder: workspace.work });
      const stage = await generateStage(name, pair, context);
      // Answers of a run that was cut off are used again if nothing they depend on has changed.
      const plan = { folder: workspace.work, manifest: emptyManifest, versions: packageVersions() };
      const work = join(workspace.work, (await planStages([stage], plan))[0]!.key);
      const output = join(work, "output");
      await mkdir(output, { recursive: true });
      const summary = await stage.run({ output, work, folderOf: (id) => id, reporter, signal });
      await rename(join(output, "pairs.jsonl"), join(workspace.work, "result"));
      await workspace.finish();
      return { json: { pairs: out, summary }, text: `${summary}\n→ ${out}` };
    } finally {
      await engine.close();
    }
  },
};

function findPair({ pairs }: Recipe, name: string): RecipePair {
  const pair = Object.hasOwn(pairs, name) ? pairs[name] : undefined;
  if (pair !== undefined) return pair;
  const names = Object.keys(pairs);
  const near = nearest(name, names);
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  throw new CliError("E_USAGE", `--pair: expected one of ${names.join(", ")}, found "${name}"${hint}`);
}
