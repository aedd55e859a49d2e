import { expect, test } from "vitest";

import { changed, memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import type { Files } from "../__fixtures__/memory-folder.ts";
import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { readRun } from "../read/read-run.ts";
import { mergesSection } from "./merges-section.ts";

const show = async (files: Files = tinyRun): Promise<string> =>
  String(mergesSection(await readRun(memoryFolder(files))));
const withSum = (change: (report: never) => object): Promise<string> =>
  show(changed(tinyRun, "merge/sum/report.json", change));
const search = (scale: number, inside: boolean, tried: [scale: number, average: number][]) => ({
  ...{ scale, inside },
  trials: tried.map(([scale, average]) => ({ scale, skills: { a: average, b: average }, average })),
});

test("method, options, equation and paper of each merge", async () => {
  const text = textOf(await show());
  expect(text).toContain("sum task_arithmetic, λ 0.5");
  expect(text).toContain("gam gam, λ 1");
  expect(text).toContain("gate angle");
  expect(text).toContain("Ilharco et al. 2023");
});

test("how λ was chosen: every one tried, the one taken, and whether it lies inside the grid", async () => {
  const inside = await withSum((report: object) => ({
    ...report,
    search: search(1, true, [
      [0.5, 0.4],
      [1, 0.6125],
      [2, 0.5],
    ]),
  }));
  expect(textOf(inside)).toContain(
    "λ was searched on the dev items: 1 of 0.5 to 2 answers 61.3 % of them on average. It lies inside the grid",
  );
  expect(rowsOf(inside).slice(0, 4)).toEqual([
    ["λ", "a", "b", "average"],
    ["0.5", "40.0", "40.0", "40.0"],
    ["1 taken", "61.3", "61.3", "61.3"],
    ["2", "50.0", "50.0", "50.0"],
  ]);
  expect(textOf(await show())).toContain("It lies at the edge of the grid: the best may lie beyond.");
  expect(textOf(await withSum((report: object) => ({ ...report, search: search(1, false, [[1, 0.5]]) })))).toContain(
    "No other λ was tried.",
  );
  expect(textOf(await withSum((report: object) => ({ ...report, search: null })))).toContain(
    "λ was given in the recipe, not searched for.",
  );
});

test("norm, interference and truncation of all modules; modules that some delta lacks", async () => {
  const shown = await withSum((report: { summary: object }) => ({
    ...(report as object),
    summary: {
      ...report.summary,
      ...{ modules: 14, incompleteModules: 2, norm: 0.125, truncationError: 0.0625, leastTruncationError: 0.05 },
      ...{ normRetention: { before: 0.5, after: 0.75 }, interference: { before: 0.75, after: null } },
    },
  }));
  const text = textOf(shown);
  expect(text).toContain(
    "modules 14, 2 of them not in every adapter norm 0.125, λ included norm kept 0.500 of the plain sum, 0.750 as this method",
  );
  expect(text).toContain("interference 0.750 in the plain sum, – after");
  expect(text).toContain("truncation 0.063 of the norm is cut off by the rank; at least 0.050 is by any of this rank");
});

test("consensus in a sentence, where the method looks for it", async () => {
  const text = textOf(await show());
  expect(text).toContain("mean of a module: 0.07 on the left (what they write), 2.00 on the right");
  expect(text).toContain("Modules by finding: shared 1, no consensus beyond A₀ 13.");
  expect(text.match(/mean of a module/g)).toHaveLength(1);
});

test("a row for each delta, and small multiples over the layers, without a chart of what is zero everywhere", async () => {
  const shown = await show();
  expect(rowsOf(shown)).toContainEqual([
    "delta",
    "norm",
    "cosine with the merge",
    "share of it in the merge",
    "moved by the method",
  ]);
  expect(shown).toContain("norm by layer");
  expect(shown).toContain("interference by layer");
  expect(shown).not.toContain("truncation error by layer");
  const cut = await withSum((report: { byLayer: object[] }) => ({
    ...report,
    byLayer: report.byLayer.map((part) => ({ ...part, truncationError: 0.25 })),
  }));
  expect(cut).toContain("truncation error by layer");
  expect(rowsOf(cut)).toContainEqual(expect.arrayContaining(["layer 1", "0.250"]) as string[]);
});

test("one layer is no curve; modules outside the layers are in the table alone", async () => {
  const shown = await withSum((report: { byLayer: object[] }) => ({
    ...report,
    byLayer: [report.byLayer[0], { ...report.byLayer[1], layer: null }],
  }));
  const sum = shown.slice(0, shown.indexOf('id="merge-1"'));
  expect(sum).not.toContain("by layer</title>");
  expect(rowsOf(sum).map(([name]) => name)).toContain("outside the layers");
});

test("a merge that is not there yet, and a recipe without one, say so", async () => {
  const { "merge/sum/report.json": _, ...rest } = tinyRun;
  expect(textOf(await show(rest))).toContain("merge/sum/report.json is not in the run folder.");
  const files = changed(tinyRun, "manifest.json", (manifest: object) => ({
    ...manifest,
    planned: { "eval/base": "k" },
  }));
  expect(textOf(await show(files))).toBe("Merges The recipe asks for no merge.");
});
