import { expect, test } from "vitest";

import { changed, memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import { smallTable } from "../__fixtures__/small-table.ts";
import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { readRun } from "../read/read-run.ts";
import type { ReportedTable } from "../read/table-schema.ts";
import type { Run } from "../run.ts";
import { resultsSection } from "./results-section.ts";

const tiny = await readRun(memoryFolder(tinyRun));
const show = (changes: Partial<Run>): string => String(resultsSection({ ...tiny, ...changes }));
const withTable = (changes: Partial<ReportedTable> = {}): string => show({ table: { ...smallTable, ...changes } });

test("a row for every model below its kind, a column for every skill, the average and each reference", () => {
  const rows = rowsOf(withTable());
  expect(rows[0]).toEqual(["model", "x 200 items", "y 300 items", "average", "− base", "− best single (x-delta)"]);
  expect(rows.map(([name]) => name)).toEqual([
    ...["model", "Base", "base", "Single deltas", "x-delta", "Merges", "sum", "Controls", "joint", "sft"],
  ]);
});

test("numbers in percent with their intervals, differences in points with theirs and p", () => {
  const [, , base, , single, , sum] = rowsOf(withTable());
  expect(base).toEqual(["base", "20.0 15.0–25.0", "30.0 25.0–35.0", "25.0 20.0–30.0", "·", "·"]);
  expect(single!.slice(4)).toEqual(["+15.0 p < .001 +13.0 to +17.0", "·"]);
  expect(sum![5]).toBe("+22.5 p < .001 +20.5 to +24.5");
});

test("the best is marked where the paired tests say so, else who is ahead and who cannot be told from it", () => {
  const rows = rowsOf(withTable());
  expect(rows[6]!.slice(1, 4)).toEqual([
    ...["55.0 ▲ above the base highest 50.0–60.0", "70.0 ▲ above the base best 65.0–75.0"],
    "62.5 ▲ above the base best 57.5–67.5",
  ]);
  expect(rows[8]![1]).toBe("54.0 ▲ above the base level 49.0–59.0");
  expect(rows[8]![2]).toBe("50.0 ▲ above the base 45.0–55.0");
});

test("against the base a cell is marked only where the test tells them apart, whichever way", () => {
  const rows = rowsOf(withTable());
  expect(rows[9]!.slice(1, 4)).toEqual(["10.0 ▼ below the base 5.0–15.0", "31.0 26.0–36.0", "20.5 15.5–25.5"]);
});

test("a table without leaders marks no row, whatever its numbers", () => {
  const { leaders: _, ...older } = smallTable;
  const shown = show({ table: older as ReportedTable });
  expect(shown).not.toContain("rank");
  expect(shown).not.toContain("headline");
});

test("the headline says what the tests bear out, and no more", () => {
  expect(textOf(withTable())).toContain(
    "sum is the best on average: better than every other row of the table by a paired test. It has 62.5 % (57.5 to 67.5); the base has 25.0 %, a difference of +37.5 points (+35.5 to +39.5, p < .001).",
  );
  const level = { ...smallTable.leaders!, average: { model: "sum", not_told_apart: ["joint", "sft"] } };
  expect(textOf(withTable({ leaders: level }))).toContain(
    "sum has the highest average, and is not told apart from joint and sft. It has",
  );
  const many = { ...smallTable.leaders!, average: { model: "base", not_told_apart: ["a", "b", "c", "d", "e"] } };
  expect(textOf(withTable({ leaders: many }))).toContain(
    "is not told apart from 5 other rows. It has 25.0 % (20.0 to 30.0).",
  );
});

test("what favours the best single delta is said", () => {
  expect(textOf(withTable())).toContain("The best single delta, x-delta, was picked on these very items");
  expect(textOf(withTable({ best_single: null }))).not.toContain("best single delta");
});

test("until there is a table, evaluations that are done are shown by themselves, with their standard errors", async () => {
  const files = changed(tinyRun, "eval/sum/results.json", ({ results }: { results: { a: object } }) => ({
    results: { ...results, a: { alias: "a", "exact_match,answer": 0.5, "exact_match_stderr,answer": 0.0125 } },
  }));
  const undone = changed(files, "manifest.json", (manifest: { stages: Record<string, object> }) => {
    const { "eval/gam": _, ...stages } = manifest.stages;
    return { ...manifest, stages };
  });
  const { "table.json": _, ...rest } = undone;
  const shown = String(resultsSection(await readRun(memoryFolder(rest))));
  expect(textOf(shown)).toContain("There is no table yet: it is made when every evaluation is done.");
  expect(textOf(shown)).toContain("Of the 11 models, the 10 that are evaluated so far");
  expect(rowsOf(shown)).toContainEqual(["sum", "50.0 ± 1.3", "0.0 ± 0.0"]);
  expect(rowsOf(shown).map(([name]) => name)).not.toContain("gam");
});

test("an outdated table is not shown, and no evaluation at all is said plainly", () => {
  const shown = show({ table: "outdated" });
  expect(textOf(shown)).toContain("table.json rests on other evaluations than the recipe's now, and is not shown");
  expect(shown).not.toContain("− joint");
  const none = tiny.evaluations.map(({ stage }) => ({ stage: { ...stage, state: "waiting" as const }, files: null }));
  expect(textOf(show({ table: "absent", evaluations: none }))).toContain("No evaluation is done yet.");
  const { eval: _, ...recipe } = tiny.recipe;
  expect(textOf(show({ table: "absent", recipe }))).toBe(
    "Results The recipe asks for no evaluation, so there is no table.",
  );
});
