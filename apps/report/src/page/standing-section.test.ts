import { expect, test } from "vitest";

import { changed, memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import type { Files } from "../__fixtures__/memory-folder.ts";
import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { readRun } from "../read/read-run.ts";
import { standingSection } from "./standing-section.ts";

const show = async (files: Files): Promise<string> => String(standingSection(await readRun(memoryFolder(files))));
const span = (overlap: number, angle: number) => ({
  angles: [angle, 80],
  randomAngles: [74, 85],
  overlap,
  randomOverlap: 0.05,
});

/** Both merges of the two deltas say the same of them, with round numbers. */
const pair = {
  a: "a",
  b: "b",
  modules: 14,
  cosine: 0.25,
  left: span(0.1, 60),
  right: span(0.9, 5.25),
  signConflict: 0.5,
};
const same = ["sum", "gam"].reduce<Files>(
  (files, name) =>
    changed(files, `merge/${name}/report.json`, (report: { diagnostics: object }) => ({
      ...report,
      diagnostics: {
        ...report.diagnostics,
        ...{ norms: [1, 2], effectiveRanks: [1.5, null], pairs: [pair] },
        byLayer: [0, 1].map((layer) => ({ layer, modules: 7, pairs: [pair] })),
        byType: [{ type: "q_proj", modules: 2, pairs: [pair] }],
      },
    })),
  tinyRun,
);

test("what merges say alike of the same deltas is said once, and of which merges", async () => {
  const shown = await show(same);
  expect(shown.match(/merged in/g)).toHaveLength(3);
  expect(textOf(shown)).toContain("merged in sum, gam");
});

test("angles and overlaps stand beside those of random subspaces", async () => {
  const rows = rowsOf(await show(same));
  expect(rows).toContainEqual([
    "",
    "",
    "left overlap",
    "smallest left angle",
    "right overlap",
    "smallest right angle",
    "",
  ]);
  expect(rows).toContainEqual([
    "a × b",
    "0.250",
    "0.100",
    "0.050",
    "60.0°",
    "74.0°",
    "0.900",
    "0.050",
    "5.3°",
    "74.0°",
    "0.500",
  ]);
  expect(rows).toContainEqual(expect.arrayContaining(["layer 1 a × b", "0.250"]) as string[]);
  expect(rows).toContainEqual(["b", "2.00", "–"]);
});

test("over the layers, with the random baseline as a line of its own", async () => {
  const shown = await show(same);
  const [chart] = /<title[^>]*>left overlap by layer<\/title>\n<desc[^>]*>.*?<\/desc>/s.exec(shown)!;
  expect(chart).toContain("a × b: 0.100 at layer 0, 0.100 at layer 1");
  expect(chart).toContain("random: 0.0500 at layer 0");
  expect(chart).not.toContain("undefined");
});

test("more pairs than lines can be told apart are in the table alone", async () => {
  const many = Array.from({ length: 4 }, (_, i) => ({ ...pair, b: `b${i}` }));
  const files = changed(same, "merge/sum/report.json", (report: { diagnostics: object }) => ({
    ...report,
    diagnostics: {
      ...report.diagnostics,
      pairs: many,
      byLayer: [0, 1].map((layer) => ({ layer, modules: 7, pairs: many })),
    },
  }));
  const shown = await show(files);
  const first = shown.slice(shown.indexOf('id="deltas-0"'), shown.indexOf('id="deltas-1"'));
  expect(first).not.toContain("by layer</title>");
  expect(first).toContain("a × b3");
});

test("where no merge has diagnostics there is no section", async () => {
  const files = Object.keys(tinyRun)
    .filter((path) => path.startsWith("merge/"))
    .reduce<Files>((all, path) => changed(all, path, (report: object) => ({ ...report, diagnostics: null })), tinyRun);
  expect(standingSection(await readRun(memoryFolder(files)))).toBeNull();
});
