import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyRecipe, writeTinyRecipe } from "../__fixtures__/tiny-recipe.ts";
import type { Table } from "../table/table.ts";
import { ablationRows, ablationsOf, withAblations } from "./ablations.ts";
import type { Recipe } from "./recipe-schema.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-ablations-"));
});
afterEach(() => rm(folder, { recursive: true }));

const three = {
  pairs: { a: {}, b: {}, c: {} },
  merge: {
    sum: { method: "task_arithmetic", adapters: "all", weights: [1, 2, 3], ablate: ["scaling", "leave_one_out"] },
  },
} as unknown as Recipe;

test("a merge of three deltas is made of one, of two, and of each two", () => {
  const { merge } = withAblations(three);
  expect(Object.entries(merge).map(([name, { adapters, weights }]) => [name, adapters, weights])).toEqual([
    ["sum", "all", [1, 2, 3]],
    ["sum-1of3", ["a"], [1]],
    ["sum-2of3", ["a", "b"], [1, 2]],
    ["sum-without-a", ["b", "c"], [2, 3]],
    ["sum-without-b", ["a", "c"], [1, 3]],
  ]);
  expect(ablationsOf({ ...three, merge })).toHaveLength(1);
  const [ablation] = ablationsOf(three);
  expect(ablation!.scaling.map(({ row }) => row)).toEqual(["sum-1of3", "sum-2of3", "sum"]);
  // The last one left out leaves the first two.
  expect(ablation!.leaveOneOut.map(({ without, row }) => [without, row])).toEqual([
    ["a", "sum-without-a"],
    ["b", "sum-without-b"],
    ["c", "sum-2of3"],
  ]);
  expect(ablationRows(ablation!)).toHaveLength(4);
});

test("one run gives the curve and what each delta adds", async () => {
  const merge = { sum: { method: "task_arithmetic", scale: 1, ablate: ["scaling", "leave_one_out"] } };
  const recipe = await writeTinyRecipe(folder, { merge, controls: {} });
  const out = join(folder, "run");
  const { code, stdout, stderr } = await runPda("run", recipe, "--out", out);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("sum: without");
  const table = JSON.parse(await readFile(join(out, "table.json"), "utf8")) as Table;
  const averageOf = (name: string) => table.rows.find(({ model }) => model === name)!.average;
  const [found] = table.ablations!;
  expect(found!.scaling.map(({ model, deltas }) => [model, deltas])).toEqual([
    ["sum-1of2", ["a"]],
    ["sum", ["a", "b"]],
  ]);
  expect(found!.leave_one_out.map(({ without, model }) => [without, model])).toEqual([
    ["a", "sum-without-a"],
    ["b", "sum-1of2"],
  ]);
  for (const { model, average, contribution } of found!.leave_one_out) {
    expect(average).toEqual(averageOf(model));
    expect(contribution.difference).toBeCloseTo(averageOf("sum").value - average.value, 12);
  }
  expect(await readFile(join(out, "table.md"), "utf8")).toContain("sum: deltas");
});

test("one delta leaves nothing to leave out, and names must be free", async () => {
  const one = { method: "task_arithmetic", adapters: ["a"], ablate: ["scaling"] };
  const taken = { sum: { method: "task_arithmetic", ablate: ["scaling"] }, "sum-1of2": tinyRecipe.merge.gam, one };
  const { code, stderr } = await runPda("run", await writeTinyRecipe(folder, { merge: taken }), "--dry-run");
  expect(code).toBe(2);
  expect(stderr).toContain("merge.one.ablate: expected two adapters or more, found 1");
  expect(stderr).toContain("merge.sum.ablate: expected the name sum-1of2 to be free, found it taken");
});
