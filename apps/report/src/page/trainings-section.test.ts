import { expect, test } from "vitest";

import { changed, memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import { rowsOf, textOf } from "../__fixtures__/text-of.ts";
import { readRun } from "../read/read-run.ts";
import { curvesOf } from "./training-curves.ts";
import { trainingsSection } from "./trainings-section.ts";

const show = async (files = tinyRun): Promise<string> => String(trainingsSection(await readRun(memoryFolder(files))));

test("a chart for each of TRL's curves, held-out ones as rings", () => {
  const log = [
    { step: 1, loss: 0.7, "rewards/margins": 0, "rewards/accuracies": 0, "logps/chosen": -9, "logps/rejected": -8 },
    { step: 2, eval_loss: 0.6, "eval_logps/chosen": -7 },
    { step: 2, loss: 0.5, "rewards/margins": null, "rewards/accuracies": 1, "logps/chosen": -9, "logps/rejected": -9 },
  ];
  expect(
    curvesOf(log).map(({ title, series }) => [
      title,
      ...series.map(({ name, style, points }) => `${name} ${style} ${points.length}`),
    ]),
  ).toEqual([
    ["loss", "training first 2", "eval rings 1"],
    ["rewards/margins", "training first 2"],
    ["rewards/accuracies", "training first 2"],
    ["logps", "chosen first 2", "chosen, eval rings 1", "rejected second 2"],
  ]);
  expect(curvesOf(log)[1]!.series[0]!.points).toEqual([
    { x: 1, y: 0 },
    { x: 2, y: null },
  ]);
});

test("a loss without pairs has the curves that its log has", () => {
  expect(curvesOf([{ step: 1, loss: 2, "logps/chosen": -3 }]).map(({ title }) => title)).toEqual(["loss", "logps"]);
  expect(curvesOf([])).toEqual([]);
});

test("each training has its charts, its settings where they are its own, and its numbers", async () => {
  const shown = await show();
  expect(shown.match(/<article/g)).toHaveLength(4);
  expect(textOf(shown)).toContain("learning_rate 0.001");
  expect(textOf(shown)).toContain("joint control, of all pairs max_steps 8");
  expect(textOf(shown)).toMatch(
    /6 steps on \d of \d pairs, none left out or cut\. Evaluated on \d pairs: best 0\.\d+ after step \d\./,
  );
  expect(shown).toContain('<title id="training-0-0-t">loss</title>');
  expect(textOf(shown)).toContain("The curves break none of the rules that are looked for.");
});

test("run verdicts are told as warnings", async () => {
  const shown = await show(
    changed(tinyRun, "train/a/training.json", (training: object) => ({
      ...training,
      verdicts: [{ message: "margins <fall> since step 3" }],
    })),
  );
  expect(textOf(shown)).toContain("! warning: margins <fall> since step 3");
});

test("pairs that did not fit are counted", async () => {
  const counts = { given: 10, kept: 7, tooLong: 2, empty: 1, cut: 3 };
  const shown = await show(
    changed(tinyRun, "train/a/training.json", (training: object) => ({ ...training, counts, evaluation: null })),
  );
  expect(textOf(shown)).toContain("6 steps on 7 of 10 pairs, 2 too long, 1 empty, 3 cut to length.");
});

test("of a long log some steps stand in the table of values, the first and the last among them", async () => {
  const log = Array.from({ length: 100 }, (_, i) => JSON.stringify({ step: i + 1, loss: 1 / (i + 1) })).join("\n");
  const shown = await show({ ...tinyRun, "train/a/trainer_log.jsonl": log });
  const steps = rowsOf(shown.slice(0, shown.indexOf('id="training-1"'))).map(([step]) => step);
  expect(steps).toEqual(["step", "1", "10", "19", "28", "37", "46", "55", "64", "73", "82", "91", "100"]);
  expect(textOf(shown)).toContain("12 of 100 logged steps");
});

test("a training that is done but lacks a file, an empty log, and one that was stopped say so", async () => {
  const { "train/a/training.json": _, ...rest } = tinyRun;
  const files = changed(
    { ...rest, "train/b/trainer_log.jsonl": "", ".work/train/sft/k/kept/x": "" },
    "manifest.json",
    (manifest: { planned: object }) => ({
      ...manifest,
      planned: { ...manifest.planned, "train/sft": "k" },
    }),
  );
  const text = textOf(await show(files));
  expect(text).toContain("train/a/training.json is not in the run folder.");
  expect(text).toContain("The log has no steps.");
  expect(text).toContain("Begun and not finished; the same command goes on from there.");
});
