import { expect, test } from "vitest";

import { memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import { smallTable } from "../__fixtures__/small-table.ts";
import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { readRun } from "../read/read-run.ts";
import type { ReportedTable } from "../read/table-schema.ts";
import { ablationsSection } from "./ablations-section.ts";

const tiny = await readRun(memoryFolder(tinyRun));
const average = { value: 0.5, low: 0.45, high: 0.55 };
const found = { difference: 0.125, low: 0.1, high: 0.15, p: 0.0004 };
const ablation: ReportedTable["ablations"][number] = {
  merge: "sum",
  scaling: [
    { model: "sum-1of2", deltas: ["a"], average, minus_base: found },
    { model: "sum", deltas: ["a", "b"], average, minus_base: found },
  ],
  leave_one_out: [
    {
      model: "sum-without-a",
      deltas: ["b"],
      without: "a",
      average,
      contribution: { ...found, difference: -0.01, p: 0.5 },
    },
  ],
};
const show = (ablations: ReportedTable["ablations"]) =>
  ablationsSection({ ...tiny, table: { ...smallTable, ablations } });

test("what grows with the number of deltas, and what each adds", () => {
  const rows = rowsOf(String(show([ablation])));
  expect(rows).toEqual([
    ["deltas", "average", "− base"],
    ["1 a", "50.0 45.0–55.0", "+12.5 p < .001, +10.0 to +15.0"],
    ["2 a, b", "50.0 45.0–55.0", "+12.5 p < .001, +10.0 to +15.0"],
    ["without", "average", "it adds"],
    ["a", "50.0 45.0–55.0", "−1.0 p = .500, +10.0 to +15.0"],
  ]);
});

test("one half that was not asked for is left out", () => {
  expect(textOf(String(show([{ ...ablation, leave_one_out: [] }])))).not.toContain("All but one");
  expect(textOf(String(show([{ ...ablation, scaling: [] }])))).not.toContain("The first 1, 2");
});

test("no ablations, no section; a real run's are there", () => {
  expect(show([])).toBeNull();
  expect(ablationsSection({ ...tiny, table: "absent" })).toBeNull();
  expect(rowsOf(String(ablationsSection(tiny))).map(([name]) => name)).toEqual([
    "deltas",
    "1 a",
    "2 a, b",
    "without",
    "a",
    "b",
  ]);
});
