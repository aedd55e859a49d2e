import { expect, test } from "vitest";

import { memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { readRun } from "../read/read-run.ts";
import type { Stage } from "../run.ts";
import { header } from "./header.ts";
import { stagesSection } from "./stages-section.ts";

const tiny = await readRun(memoryFolder(tinyRun));
const stage = (id: string, state: Stage["state"], error: string | null = null): Stage => {
  const [kind, name] = id.split("/") as [string, string];
  return { id, kind, name, state, error };
};
const half = [
  ...[stage("generate/a", "done"), stage("train/a", "failed", "no <memory>"), stage("train/b", "stopped")],
  ...[stage("merge/sum", "outdated"), stage("eval/sum", "waiting"), stage("eval/base", "waiting")],
];

test("what the run is: name, seed, base, versions", () => {
  const text = textOf(String(header(tiny)));
  expect(text).toContain("tiny seed 3 base models/tiny packages @prefdelta/* 0.0.0 All 21 stages are done.");
});

test("versions that differ are told one by one; what the recipe does not say is left out", () => {
  const { base: _, ...recipe } = tiny.recipe;
  const text = textOf(
    String(header({ ...tiny, recipe: { ...recipe, limit: 8 }, versions: { x: "1.0.0", y: "2.0.0" } })),
  );
  expect(text).toContain("seed 3 items a file the first 8 packages x 1.0.0, y 2.0.0");
  expect(textOf(String(header({ ...tiny, versions: {} })))).not.toContain("packages");
});

test("a half-finished run is called one, with what is lacking", () => {
  expect(textOf(String(header({ ...tiny, stages: half })))).toContain(
    "This run is not finished: 1 of 6 stages done, 1 failed, 1 stopped midway, 1 of an earlier recipe or input, 2 not run yet. Which ones.",
  );
});

test("every stage has its state in a word, and its error where it has one", () => {
  const shown = String(stagesSection({ ...tiny, stages: half }));
  expect(rowsOf(shown)).toEqual([
    ["a", "✓ done"],
    ["a", "✗ failed: no <memory>"],
    ["b", "… stopped"],
    ["sum", "↻ outdated"],
    ["sum", "○ not run"],
    ["base", "○ not run"],
  ]);
  expect(shown.match(/<caption>/g)).toHaveLength(4);
});
