import { dpoConfigSchema } from "@prefdelta/dpo";

import type { KeyPath } from "../config/key-path.ts";
import { nearest } from "../config/nearest.ts";
import { trainConfig } from "./train-config.ts";
import { ablationRows, ablationsOf } from "./ablations.ts";
import type { Recipe } from "./recipe-schema.ts";

export interface RecipeProblem {
  readonly path: KeyPath;
  readonly message: string;
}

/** What is wrong with a recipe that is well-formed: names that clash or name nothing, settings that make no sense together. */
export function* recipeRules(recipe: Recipe): Generator<RecipeProblem> {
  yield* nameRules(recipe);
  yield* modelRules(recipe);
  yield* trainRules(recipe);
  yield* mergeRules(recipe);
  yield* ablationRules(recipe);
}

/** An ablation needs deltas to leave out, and free names. */
function* ablationRules(recipe: Recipe): Generator<RecipeProblem> {
  const taken = new Set([...Object.keys(recipe.pairs), ...Object.keys(recipe.controls), ...Object.keys(recipe.merge)]);
  for (const [name, { ablate, adapters }] of Object.entries(recipe.merge)) {
    const count = adapters === "all" ? Object.keys(recipe.pairs).length : adapters.length;
    if (ablate !== undefined && count < 2)
      yield { path: ["merge", name, "ablate"], message: `expected two adapters or more, found ${count}` };
  }
  for (const ablation of ablationsOf(recipe)) {
    for (const { row } of ablationRows(ablation)) {
      const path = ["merge", ablation.merge, "ablate"];
      if (taken.has(row)) yield { path, message: `expected the name ${row} to be free, found it taken` };
    }
  }
}

function* nameRules({ pairs, controls, merge }: Recipe): Generator<RecipeProblem> {
  for (const [section, named] of Object.entries({ pairs, controls, merge })) {
    if (Object.hasOwn(named, "base")) yield clash([section, "base"], "the base model");
  }
  for (const name of Object.keys(controls)) {
    if (Object.hasOwn(pairs, name)) yield clash(["controls", name], "a pair");
  }
  for (const name of Object.keys(merge)) {
    if (Object.hasOwn(pairs, name)) yield clash(["merge", name], "a pair");
    if (Object.hasOwn(controls, name)) yield clash(["merge", name], "a control");
  }
  for (const [name, control] of Object.entries(controls)) {
    yield* unknownPairs(control.pairs, { path: ["controls", name, "pairs"], pairs });
  }
  for (const [name, { adapters }] of Object.entries(merge)) {
    yield* unknownPairs(adapters, { path: ["merge", name, "adapters"], pairs });
  }
}

const clash = (path: KeyPath, what: string): RecipeProblem => ({
  path,
  message: `expected a name of its own, found that of ${what}`,
});

function* unknownPairs(
  names: "all" | readonly string[],
  { path, pairs }: { path: KeyPath; pairs: Recipe["pairs"] },
): Generator<RecipeProblem> {
  if (names === "all") return;
  const known = Object.keys(pairs);
  for (const [i, name] of names.entries()) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? "" : `; did you mean "${near}"?`;
    yield { path: [...path, i], message: `expected one of ${known.join(", ")}, found "${name}"${hint}` };
  }
}

/** A side that is a name is one of `generate.models`, and so is the judge, who needs kept answers. */
function* modelRules({ base, pairs, generate }: Recipe): Generator<RecipeProblem> {
  if (generate.margin !== undefined && base === "")
    yield { path: ["generate", "margin"], message: "expected a base that pairs are put to, found none" };
  const known = Object.keys(generate.models);
  const { judge } = generate;
  if (judge !== undefined && !known.includes(judge))
    yield { path: ["generate", "judge"], message: `expected one of ${known.join(", ")}, found "${judge}"` };
  for (const [name, { chosen, rejected }] of Object.entries(judge === undefined ? {} : pairs))
    if (typeof chosen !== "string" && typeof rejected !== "string")
      yield { path: ["pairs", name, "chosen"], message: "expected one of generate.models, as generate.judge needs" };
  for (const [name, pair] of Object.entries(pairs)) {
    for (const side of ["chosen", "rejected"] as const) {
      const model = pair[side];
      if (typeof model !== "string" || known.includes(model)) continue;
      const near = nearest(model, known);
      const hint = near === undefined ? "" : `; did you mean "${near}"?`;
      const names = known.length === 0 ? "{model: FOLDER}" : `one of generate.models (${known.join(", ")})`;
      yield { path: ["pairs", name, side], message: `expected ${names}, found "${model}"${hint}` };
    }
  }
}

/** dpo's own rules, on every training as it will be run; a problem of the shared settings is told once. */
function* trainRules(recipe: Recipe): Generator<RecipeProblem> {
  const told = new Set<string>();
  for (const section of ["pairs", "controls"] as const) {
    for (const [name, { train }] of Object.entries(recipe[section])) {
      const checked = dpoConfigSchema.safeParse(trainConfig(recipe, train));
      for (const { path, message } of checked.error?.issues ?? []) {
        const own = Object.hasOwn(train, String(path[0]));
        const at = [...(own ? [section, name] : []), "train", ...path.map(String)];
        const key = JSON.stringify([at, message]);
        if (!told.has(key)) yield { path: at, message };
        told.add(key);
      }
      if (checked.data?.reference === "initial_adapter") {
        const own = Object.hasOwn(train, "reference");
        const path = [...(own ? [section, name] : []), "train", "reference"];
        yield {
          path,
          message: "expected base, as a recipe's trainings start from fresh factors, found initial_adapter",
        };
      }
    }
  }
}

function* mergeRules(recipe: Recipe): Generator<RecipeProblem> {
  const withoutDev = Object.entries(recipe.eval?.skills ?? {}).filter(([, { dev }]) => dev === undefined);
  for (const [name, merge] of Object.entries(recipe.merge)) {
    const count = merge.adapters === "all" ? Object.keys(recipe.pairs).length : merge.adapters.length;
    if (merge.weights !== undefined && merge.weights.length !== count) {
      const message = `expected one for each of ${count} adapters, found ${merge.weights.length}`;
      yield { path: ["merge", name, "weights"], message };
    }
    const merged = merge.adapters === "all" ? Object.keys(recipe.pairs) : merge.adapters;
    const dora = merged.filter((pair) => trainConfig(recipe, recipe.pairs[pair]?.train ?? {}).use_dora === true);
    if (dora.length > 0) {
      const message = `expected plain LoRAs, found ${dora.join(", ")} with train.use_dora: DoRA's updates do not add up`;
      yield { path: ["merge", name, "adapters"], message };
    }
    if (typeof merge.scale === "number") continue;
    const path = ["merge", name, "scale", "on"];
    if (recipe.eval === undefined) yield { path, message: "expected an eval section with dev items, found none" };
    for (const [skill] of withoutDev) yield { path, message: `expected eval.skills.${skill}.dev, found nothing` };
  }
}
