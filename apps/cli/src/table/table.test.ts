import type { ItemResult } from "@prefdelta/eval";
import { createRandom } from "@prefdelta/random";
import { expect, test } from "vitest";

import type { RowKind } from "../run/eval-rows.ts";
import { formatTable, markdownTable } from "./format-table.ts";
import { buildTable } from "./table.ts";

/** Twenty items in ten clusters a skill, of which the first are right. */
function row(name: string, kind: RowKind, right: Record<string, number>) {
  const skills = Object.fromEntries(
    Object.entries(right).map(([skill, count]) => [
      skill,
      Array.from({ length: 20 }, (_, i): ItemResult => ({
        id: `${skill}-${i}`,
        cluster: `c${i % 10}`,
        correct: i < count,
        prediction: null,
        answers: ["x"],
        searches: 0,
        truncated: false,
      })),
    ]),
  );
  return { name, kind, skills };
}

const table = buildTable(
  [
    row("base", "base", { x: 2, y: 4 }),
    row("x", "single", { x: 12, y: 4 }),
    row("y", "single", { x: 2, y: 18 }),
    row("sum", "merge", { x: 12, y: 18 }),
    row("joint", "control", { x: 13, y: 18 }),
  ],
  { name: "demo", seed: 1, versions: {}, bootstrap: { random: createRandom(1), draws: 500 } },
);

test("values are shares of right answers, averages weigh skills alike, intervals hold them", () => {
  expect(table.items).toEqual({ x: 20, y: 20 });
  expect(table.rows.map(({ model, kind }) => [model, kind])).toEqual([
    ["base", "base"],
    ["x", "single"],
    ["y", "single"],
    ["sum", "merge"],
    ["joint", "control"],
  ]);
  const [base, , , sum] = table.rows;
  expect(base!.skills["x"]!.value).toBeCloseTo(0.1, 12);
  expect(base!.average.value).toBeCloseTo(0.15, 12);
  expect(sum!.average.value).toBeCloseTo(0.75, 12);
  for (const { skills, average } of table.rows) {
    for (const { value, low, high } of [...Object.values(skills), average]) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  }
});

test("a row is compared with base, best single and joint, but not with itself", () => {
  expect(table.best_single).toBe("y");
  const paired = Object.fromEntries(table.rows.map(({ model, paired }) => [model, paired]));
  expect(Object.keys(paired["base"]!)).toEqual(["best_single", "joint"]);
  expect(Object.keys(paired["y"]!)).toEqual(["base", "joint"]);
  expect(Object.keys(paired["joint"]!)).toEqual(["base", "best_single"]);
  expect(paired["sum"]!.base!.difference).toBeCloseTo(0.6, 12);
  expect(paired["sum"]!.base!.p).toBeLessThan(0.01);
  expect(paired["sum"]!.base!.low).toBeGreaterThan(0.3);
  expect(paired["sum"]!.joint!.difference).toBeCloseTo(-0.025, 12);
  expect(paired["sum"]!.joint!.p).toBeGreaterThan(0.5);
});

test("a row is compared with the base skill by skill", () => {
  const [base, x, , sum] = table.rows;
  expect(base!.minus_base).toEqual({});
  expect(x!.minus_base["x"]!.difference).toBeCloseTo(0.5, 12);
  expect(x!.minus_base["x"]!.p).toBeLessThan(0.05);
  expect(x!.minus_base["y"]).toEqual({ difference: 0, low: 0, high: 0, p: 1 });
  expect(sum!.minus_base["y"]!.difference).toBeCloseTo(0.7, 12);
});

test("the leaders of its columns are those of its rows", () => {
  expect(table.leaders.skills["x"]).toEqual({ model: "joint", not_told_apart: ["x", "sum"] });
  expect(table.leaders.average.model).toBe("joint");
  expect(table.leaders.average.not_told_apart).toEqual(["sum"]);
});

test("without singles or a joint control there is nothing to compare with", () => {
  const alone = buildTable([row("base", "base", { x: 1 }), row("sft", "control", { x: 2 })], {
    name: "n",
    seed: 1,
    versions: {},
    bootstrap: { random: createRandom(1), draws: 100 },
  });
  expect(alone.best_single).toBeNull();
  expect(alone.rows.map(({ paired }) => Object.keys(paired))).toEqual([[], ["base"]]);
});

test("the text has a line for every row, percent and points", () => {
  const lines = formatTable(table).split("\n");
  expect(lines[0]).toMatch(/^model +kind +x +y +average +− base +− best single \(y\) +− joint$/);
  expect(lines[2]).toMatch(
    /^base +base +10\.0 ±\d+\.\d +20\.0 ±\d+\.\d +15\.0 ±\d+\.\d +−35\.0 ±\d+\.\d p[=<]\S+ +−62\.5/,
  );
  expect(lines[5]).toMatch(/^sum .* \+60\.0 ±\d+\.\d p<?=?\.00\d .* −2\.5 ±\d+\.\d p=1\.000$/);
  expect(formatTable(table)).toContain("demo, seed 1. Exact match in percent on held-out items (x 20, y 20)");
});

test("the Markdown is a table of the same cells", () => {
  const lines = markdownTable(table).split("\n");
  expect(lines[0]).toBe("| model | kind | x | y | average | − base | − best single (y) | − joint |");
  expect(lines[1]).toBe("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  expect(lines.slice(2, 7).every((line) => line.split("|").length === 10)).toBe(true);
});
