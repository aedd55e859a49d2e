import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { mergeMethods, mergeOptionsSchema } from "@prefdelta/merge";
import { afterAll, beforeAll, expect, test } from "vitest";

import { tinyModel, tinyRecipe, writeTinyRecipe } from "../__fixtures__/tiny-recipe.ts";
import { parseOverride } from "../config/override.ts";
import { readRecipe } from "./read-recipe.ts";
import { trainConfig } from "./train-config.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-recipe-"));
  file = await writeTinyRecipe(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const read = (...overrides: string[]) => readRecipe(file, overrides.map(parseOverride));

/** The problems of a recipe with some values set, without their places. */
async function problems(...overrides: string[]): Promise<string[]> {
  const error = await read(...overrides).then(
    () => undefined,
    (error: unknown) => error as { code: string; exitCode: number; problems: string[] },
  );
  expect(error).toMatchObject({ code: "E_CONFIG", exitCode: 2 });
  return error!.problems.map((problem) => problem.slice(problem.indexOf("  ") + 2));
}

test("a recipe is completed with defaults, and its paths begin at its own folder", async () => {
  const { recipe, locate } = await read();
  expect(recipe.merge["sum"]).toEqual({
    method: "task_arithmetic",
    adapters: "all",
    normalise: "sum",
    missing: "zero",
    rank: "full",
    scale: { search: [1, 0.5], on: "dev" },
  });
  expect(recipe.pairs["a"]!.chosen).toEqual({ model: tinyModel, temperature: 0, top_p: 1, top_k: 0 });
  expect(locate("a.dpo.jsonl")).toBe(join(folder, "a.dpo.jsonl"));
  expect(locate(tinyModel)).toBe(tinyModel);
});

test.each(Object.keys(mergeMethods))(
  "%s may stand in a recipe, its λ searched, with its own defaults",
  async (method) => {
    const { recipe } = await read(`merge.gam={method: ${method}, adapters: [a, b], scale: {search: [1, 2], on: dev}}`);
    const { adapters: _, ...merge } = recipe.merge["gam"]!;
    expect(merge).toEqual({
      ...mergeOptionsSchema.parse({ method }),
      scale: { search: [1, 2], on: "dev" },
    });
  },
);

test("one training's settings are laid over the shared ones, and those over dpo's own", async () => {
  const { recipe } = await read("train.warmup_ratio=0.5", "controls.joint.train.warmup_ratio=0.25", "a0_seed=9");
  expect(trainConfig(recipe, recipe.controls["joint"]!.train)).toEqual({
    ...tinyRecipe.train,
    seed: 3,
    a0_seed: 9,
    max_steps: 8,
    warmup_ratio: 0.25,
  });
  expect(trainConfig(recipe, recipe.pairs["a"]!.train)).toMatchObject({ max_steps: 6, warmup_ratio: 0.5 });
});

test("A₀ is shared under the recipe's seed unless a pair asks for its own", async () => {
  const { recipe } = await read("pairs.b.train.a0_seed=7");
  expect(trainConfig(recipe, recipe.pairs["a"]!.train).a0_seed).toBe(3);
  expect(trainConfig(recipe, recipe.pairs["b"]!.train).a0_seed).toBe(7);
});

test("unknown keys are named with their line, and what was probably meant", async () => {
  await expect(readRecipe(file, [parseOverride("train.lerning_rate=1")])).rejects.toMatchObject({
    problems: [expect.stringMatching(/^--set train\.lerning_rate=1 {2}.*did you mean "learning_rate"/)],
  });
  expect(await problems("merge.gam.gait=1", "eval.skills.a.test=x", "pairs.a.train.seed=2")).toEqual([
    expect.stringMatching(/^pairs\.a\.train\.seed: unknown key/),
    'merge.gam.gait: unknown key; did you mean "gate"?',
    expect.stringMatching(/^eval\.skills\.a\.test: unknown key; .*dev, eval/),
  ]);
});

test("every absent file and model is named at once, with where it was looked for", async () => {
  expect(await problems("base=nowhere", "pairs.a.prompts=x.jsonl", "search.corpus=y", "eval.skills.b.dev=z")).toEqual([
    `base: expected a model folder with a config.json, found none at ${join(folder, "nowhere")}`,
    `search.corpus: expected a file, found none at ${join(folder, "y")}`,
    `pairs.a.prompts: expected a file, found none at ${join(folder, "x.jsonl")}`,
    `eval.skills.b.dev: expected a file, found none at ${join(folder, "z")}`,
  ]);
});

test("names must be their own and name something", async () => {
  expect(
    await problems("controls.a={}", "merge.joint={method: gam}", "merge.gam.adapters=[a, B]", "controls.sft.pairs=[c]"),
  ).toEqual([
    "controls.a: expected a name of its own, found that of a pair",
    "merge.joint: expected a name of its own, found that of a control",
    'controls.sft.pairs[0]: expected one of a, b, found "c"',
    'merge.gam.adapters[1]: expected one of a, b, found "B"',
  ]);
  expect(await problems("merge.base={method: gam}")).toEqual([
    "merge.base: expected a name of its own, found that of the base model",
  ]);
  expect(await problems("merge.a/b={method: gam}")).toEqual([expect.stringMatching(/^merge\.a\/b: unusable name/)]);
});

test("a λ search needs dev items for every skill", async () => {
  expect(await problems("eval.skills.c={eval: a.eval.jsonl}")).toEqual([
    "merge.sum.scale.on: expected eval.skills.c.dev, found nothing",
  ]);
});

test("settings that make no sense together are told where they stand, the shared ones once", async () => {
  const kwargs = "expected one of min_lr and min_lr_rate for cosine_with_min_lr, got neither";
  expect(await problems("train.lr_scheduler_type=cosine_with_min_lr")).toEqual([
    `train.lr_scheduler_kwargs: ${kwargs}`,
  ]);
  expect(await problems("controls.sft.train.max_steps=0", "merge.gam.weights=[1]")).toEqual([
    "controls.sft.train.max_steps: expected a positive number or -1, got 0",
    "merge.gam.weights: expected one for each of 2 adapters, found 1",
  ]);
});

test("a training from fresh factors has no adapter for its reference, and DoRA is not merged", async () => {
  expect(await problems("pairs.a.train.reference=initial_adapter")).toEqual([
    "pairs.a.train.reference: expected base, as a recipe's trainings start from fresh factors, found initial_adapter",
  ]);
  expect((await problems("pairs.b.train.use_dora=true"))[0]).toMatch(
    /^merge\.[a-z]+\.adapters: expected plain LoRAs, found b with train\.use_dora: DoRA's updates do not add up$/,
  );
});

test("a recipe that is not there", async () => {
  await expect(readRecipe(join(folder, "none.yaml"))).rejects.toMatchObject({ code: "E_CONFIG", exitCode: 2 });
});
