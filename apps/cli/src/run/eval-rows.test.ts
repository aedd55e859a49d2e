import { expect, test } from "vitest";

import { recipeSchema } from "../recipe/recipe-schema.ts";
import { evalRows } from "./eval-rows.ts";

function rows(pairs: Record<string, [chosen: string, rejected: string]>, extra: object = {}): string[][] {
  const recipe = recipeSchema.parse({
    name: "r",
    base: "models/strong",
    pairs: Object.fromEntries(
      Object.entries(pairs).map(([name, [chosen, rejected]]) => [
        name,
        { prompts: "p", chosen: { model: chosen }, rejected: { model: rejected, temperature: 1 } },
      ]),
    ),
    ...extra,
  });
  return evalRows(recipe).map(({ name, kind, adapter, sampling }) => [
    kind,
    name,
    adapter ?? "-",
    String(sampling.temperature),
  ]);
}

test("base, weak models as they are and as they are sampled, deltas, merges, controls", () => {
  const pairs = { facts: ["m/weak-f", "m/weaker"], sums: ["m/weak-s", "m/weaker"] } as const;
  expect(
    rows(
      { facts: [...pairs.facts], sums: [...pairs.sums] },
      { merge: { gam: { method: "gam" } }, controls: { joint: {} } },
    ),
  ).toEqual([
    ["base", "base", "-", "0"],
    ["weak", "weak-f", "-", "0"],
    ["weak", "weaker", "-", "0"],
    ["weak", "weaker-T1", "-", "1"],
    ["weak", "weak-s", "-", "0"],
    ["single", "facts", "train/facts", "0"],
    ["single", "sums", "train/sums", "0"],
    ["merge", "gam", "merge/gam", "0"],
    ["control", "joint", "train/joint", "0"],
  ]);
});

test("models in folders of one name, or of a pair's name, get names of their own", () => {
  const names = rows({ n: ["x/m", "y/m"], m: ["x/m", "y/base"] }).map(([, name]) => name);
  expect(names).toEqual(["base", "m-2", "m-3", "m-3-T1", "base-2", "base-2-T1", "n", "m"]);
});
