import { expect, test } from "vitest";

import { changed, memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { readRun } from "../read/read-run.ts";
import { pairsSection } from "./pairs-section.ts";

const show = async (files = tinyRun): Promise<string> => String(pairsSection(await readRun(memoryFolder(files))));
const withDiagnostics = (change: (diagnostics: never) => object): Promise<string> =>
  show(changed(tinyRun, "generate/a/diagnostics.json", change));

test("says who is preferred to whom, on which prompts, how many pairs, and what the filters took", async () => {
  const text = textOf(await show());
  expect(text).toContain("models/tiny greedy > preferred to models/tiny sampled at T 1, prompts a.dpo.jsonl");
  expect(text).toMatch(/\d pairs of 8 prompts\. Left out: identical \d, empty \d\./);
});

test("numbers of both sides stand side by side; features that neither has are left out", async () => {
  const shown = await withDiagnostics((diagnostics: { format: object }) => ({
    ...(diagnostics as object),
    length: {
      mean: { chosen: 6.25, rejected: 8 },
      median: { chosen: 6, rejected: 7 },
      ratio: 0.78125,
      chosenLonger: 0.25,
    },
    format: { headings: { chosen: 0, rejected: 0 }, answer_tags: { chosen: 1, rejected: 0.125 } },
  }));
  const rows = rowsOf(shown);
  expect(rows.slice(0, 3)).toEqual([
    ["", "chosen", "rejected"],
    ["characters, mean", "6.3", "8.0"],
    ["characters, median", "6.0", "7.0"],
  ]);
  expect(rows).toContainEqual(["answer tags, %", "100.0", "12.5"]);
  expect(shown).not.toContain("headings");
  expect(textOf(shown)).toContain("length ratio 0.78 in characters, ");
});

test("verdicts are told in words, their weight too", async () => {
  const shown = await withDiagnostics((diagnostics: object) => ({
    ...diagnostics,
    verdicts: [
      { level: "good", text: "points to correct answers" },
      { level: "warning", text: "may teach length" },
    ],
  }));
  expect(textOf(shown)).toContain("✓ good: points to correct answers ! warning: may teach length");
  expect(textOf(await withDiagnostics((diagnostics: object) => ({ ...diagnostics, verdicts: [] })))).toContain(
    "Nothing stands out.",
  );
});

test("the win rate is of pairs that one side alone is right in; the margin is there where it was asked for", async () => {
  const shown = await withDiagnostics((diagnostics: object) => ({
    ...diagnostics,
    correctness: {
      ...{ judged: 10, rightOverWrong: 3, bothRight: 2, bothWrong: 4, inverted: 1, winRate: 0.75 },
      shareCorrect: { chosen: 0.5, rejected: 0.3 },
    },
    margins: {
      pairs: 7,
      logProbPerToken: { chosen: -1.5, rejected: -2 },
      margin: 3.25,
      marginPerToken: 0.5,
      chosenLikelier: 1,
    },
  }));
  expect(textOf(shown)).toContain(
    "win rate 75.0 %: of 10 judged pairs chosen alone is right in 3, rejected alone in 1, both in 2, neither in 4",
  );
  expect(textOf(shown)).toContain("margin 3.3 nats under the base, 0.500 a token; chosen is likelier in 100.0 % of 7");
  expect(textOf(await show())).not.toContain("nats");
});

test("what was not looked for is not told as none", async () => {
  expect(textOf(await show())).toContain("8 kept of 8 rows; not looked for: exact copies, near copies, contaminated");
});

test("no pairs: nulls are dashes, and nothing is divided by zero", async () => {
  const none = { chosen: null, rejected: null };
  const shown = await withDiagnostics((diagnostics: object) => ({
    ...diagnostics,
    pairs: 0,
    length: { mean: none, median: none, ratio: null, chosenLonger: null },
    similarity: { mean: null, histogram: [0, 0] },
    verdicts: [{ level: "warning", text: "no pairs" }],
  }));
  expect(shown).not.toMatch(/NaN|Infinity|undefined/);
  expect(rowsOf(shown)).toContainEqual(["characters, mean", "–", "–"]);
});

test("each pair that is not there says why", async () => {
  const files = changed(
    tinyRun,
    "manifest.json",
    (manifest: { stages: Record<string, object>; planned: Record<string, string> }) => {
      const { "generate/a": _, ...stages } = manifest.stages;
      const failed = { "generate/a": { key: manifest.planned["generate/a"], message: "server <b> is gone" } };
      return { ...manifest, stages, failed, planned: { ...manifest.planned, "generate/b": "other" } };
    },
  );
  const shown = await show(files);
  expect(textOf(shown)).toContain("Failed when it was last tried: server <b> is gone");
  expect(shown).toContain("server &lt;b&gt; is gone");
  expect(textOf(shown)).toContain("Done before, with other inputs than the recipe's now");
});
