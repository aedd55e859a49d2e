import fc from "fast-check";
import { HtmlValidate } from "html-validate";
import { expect, test } from "vitest";

import { changed, memoryFolder, tinyRun } from "./__fixtures__/memory-folder.ts";
import type { Files } from "./__fixtures__/memory-folder.ts";
import { textOf } from "./__fixtures__/text-of.ts";
import { readRun } from "./read/read-run.ts";
import { renderReport } from "./render-report.ts";

const page = async (files: Files = tinyRun): Promise<string> => renderReport(await readRun(memoryFolder(files)));
const whole = await page();

/** Only the manifest, with some of what was done. */
const begun = (stages: (id: string) => boolean): Files =>
  changed(tinyRun, "manifest.json", (manifest: { stages: object }) => ({
    ...manifest,
    stages: Object.fromEntries(Object.entries(manifest.stages).filter(([id]) => stages(id))),
  }));

/** Of the rules, all that are of the document and none of the source's layout. */
const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:a11y"],
  rules: {
    "no-inline-style": "error",
    "no-trailing-whitespace": "off",
    "no-redundant-role": "error",
    // HTML has either, and the formatter writes the one.
    "doctype-style": "off",
    "void-style": "off",
    "long-title": "off",
    "prefer-native-element": "off",
  },
});
const faults = async (html: string): Promise<string[]> =>
  (await validator.validateString(html)).results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${line}: ${ruleId}: ${message}`),
  );

test("it is valid HTML, whole and half-finished", async () => {
  expect(await faults(whole)).toEqual([]);
  expect(await faults(await page(begun((id) => id.startsWith("generate/"))))).toEqual([]);
  expect(await faults(await page(begun(() => false)))).toEqual([]);
});

test("it has a heading of every section, and leads to each", () => {
  const headings = [...whole.matchAll(/<h2 id="(.*?)-title">(.*?)<\/h2>/g)].map(([, id, title]) => `${id} ${title}`);
  expect(headings).toEqual([
    ...["results Results", "ablations Ablations", "pairs Pairs", "trainings Trainings"],
    ...["deltas Deltas side by side", "merges Merges", "stages Stages"],
  ]);
  const ids = [...whole.matchAll(/ id="(.*?)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, target] of whole.matchAll(/href="#(.*?)"/g)) expect(ids).toContain(target);
  for (const [, names] of whole.matchAll(/aria-labelledby="(.*?)"/g))
    for (const name of names!.split(" ")) expect(ids).toContain(name);
});

test("it needs nothing but itself: no script, no address that is fetched", () => {
  expect(whole).not.toMatch(/<(script|link|img|iframe|object|embed|base)\b/);
  expect(whole).not.toMatch(/\b(src|srcset|action|data)=|@import|url\(/);
  expect([...whole.matchAll(/href="(.*?)"/g)].every(([, target]) => target!.startsWith("#"))).toBe(true);
});

test("the same folder gives the same bytes; the order in which a disk lists files does not matter", async () => {
  const reversed = Object.fromEntries(Object.entries(tinyRun).toReversed());
  expect(await page(reversed)).toBe(whole);
});

test("neither how long a stage took nor when is in the page", async () => {
  const slower = changed(tinyRun, "manifest.json", (manifest: { stages: Record<string, object> }) => ({
    ...manifest,
    stages: Object.fromEntries(
      Object.entries(manifest.stages).map(([id, record]) => [id, { ...record, seconds: 1e6 }]),
    ),
  }));
  expect(await page(slower)).toBe(whole);
});

test("a run of which nothing is done has every section, and says so in each", async () => {
  const text = textOf(await page(begun(() => false)));
  expect(text).toContain("This run is not finished: 0 of 21 stages done, 21 not run yet.");
  expect(text).toContain("No evaluation is done yet.");
  expect(text.match(/Not run yet\./g)).toHaveLength(2 + 4 + 4);
});

test("whatever a file calls a thing, it stays text", async () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
  const written = JSON.stringify(hostile).slice(1, -1);
  const files = Object.fromEntries(
    Object.entries(tinyRun).map(([path, text]) => [
      path,
      // Every text of every file, but for those that the page looks things up by.
      path.endsWith(".jsonl")
        ? text
        : text.replaceAll(
            /: "(?!(?:base|weak|single|merge|control|good|note|warning|dev)")[^"]*[a-z][^"]*"/g,
            `: "${written}"`,
          ),
    ]),
  );
  const keyed = changed(
    { ...files, "manifest.json": tinyRun["manifest.json"]! },
    "manifest.json",
    (manifest: { recipe: object; planned: object }) => ({
      ...manifest,
      recipe: { ...manifest.recipe, name: hostile, base: hostile, train: { [hostile]: hostile } },
      versions: { [hostile]: hostile, other: "1" },
      planned: { ...manifest.planned, [`train/${hostile}`]: "k" },
      failed: { [`train/${hostile}`]: { key: "k", message: hostile } },
    }),
  );
  const shown = await page(keyed);
  expect(shown).not.toMatch(/<(script|img)/);
  expect(shown.split("&lt;script&gt;").length).toBeGreaterThan(60);
  expect(await faults(shown)).toEqual([]);
});

test("any texts and numbers give a page without a tag of theirs, and without NaN", async () => {
  const run = await readRun(memoryFolder(tinyRun));
  const number = fc.oneof(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), fc.constant(0));
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.array(fc.option(number), { maxLength: 30 }), async (text, values) => {
      const log = values.map((loss, step) => ({ step, loss, "logps/chosen": loss }));
      const [first, ...rest] = run.trainings;
      const shown = renderReport({
        ...run,
        recipe: { ...run.recipe, name: `<${text}` },
        trainings: [{ ...first!, files: { ...first!.files!, log } }, ...rest],
      });
      expect(shown).not.toMatch(/NaN|Infinity|undefined|\[object/);
      expect(shown.match(/<title>&lt;/g)).toHaveLength(1);
    }),
    { numRuns: 30 },
  );
});
