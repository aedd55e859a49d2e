import { expect, test } from "vitest";

import { changed, memoryFolder, tinyRun } from "../__fixtures__/memory-folder.ts";
import type { Files } from "../__fixtures__/memory-folder.ts";
import { ReportError } from "../errors.ts";
import { readRun } from "./read-run.ts";

const problemsOf = async (files: Files): Promise<{ code: string; problems: readonly string[] }> => {
  const error: unknown = await readRun(memoryFolder(files)).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ReportError);
  return error as ReportError;
};
const without = (files: Files, ...prefixes: string[]): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !prefixes.some((prefix) => path.startsWith(prefix))));

test("what the real stages wrote is read, stage by stage, in the order in which they ran", async () => {
  const run = await readRun(memoryFolder(tinyRun));
  expect(run.recipe).toMatchObject({ name: "tiny", seed: 3, base: "models/tiny" });
  expect(run.pairs.map(({ stage }) => stage.name)).toEqual(["a", "b"]);
  expect(run.trainings.map(({ stage }) => stage.name)).toEqual(["a", "b", "joint", "sft"]);
  expect(run.merges.map(({ stage }) => stage.name)).toEqual(["sum", "gam", "sum-1of2", "sum-without-a"]);
  expect(run.stages.map(({ state }) => state)).toEqual(run.stages.map(() => "done"));
  expect(run.pairs[0]!.files!.counts).toMatchObject({ prompts: 8, identical: 0 });
  expect(run.pairs[0]!.files!.diagnostics!.verdicts[0]!.level).toBe("note");
  expect(run.trainings[0]!.files!.log!.filter((row) => row["loss"] !== undefined)).toHaveLength(6);
  expect(run.trainings[0]!.files!.log!.some((row) => row["eval_loss"] !== undefined)).toBe(true);
  expect(run.trainings[0]!.files!.training!.steps).toBe(6);
  expect(run.merges[0]!.files!.report!.search!.trials.map(({ scale }) => scale)).toEqual([0.5, 1]);
  expect(run.merges[1]!.files!.report!.diagnostics!.pairs).toMatchObject([{ a: "b", b: "a", modules: 14 }]);
  expect(run.evaluations[0]!.files!.scores).toEqual([
    { task: "a", metric: "exact_match", value: 0, standardError: 0 },
    { task: "b", metric: "exact_match", value: 0, standardError: 0 },
  ]);
  expect(run.table).toMatchObject({ best_single: "a", leaders: { average: { model: "base" } } });
});

test("a run that has just begun has its stages and nothing else", async () => {
  const begun = changed({ "manifest.json": tinyRun["manifest.json"]! }, "manifest.json", (manifest: object) => ({
    ...manifest,
    stages: {},
    table: {},
  }));
  const run = await readRun(memoryFolder(begun));
  expect(run.stages).toHaveLength(21);
  expect(new Set(run.stages.map(({ state }) => state))).toEqual(new Set(["waiting"]));
  expect([...run.pairs, ...run.trainings, ...run.merges].every(({ files }) => files === null)).toBe(true);
  expect(run.table).toBe("absent");
});

test("a file of a finished stage that is not there is no error: the page says so", async () => {
  const run = await readRun(memoryFolder(without(tinyRun, "train/a/training.json", "merge/sum/", "table.json")));
  expect(run.trainings[0]!.files).toMatchObject({ training: undefined, log: { length: 9 } });
  expect(run.merges[0]!.files).toEqual({ report: undefined });
  expect(run.table).toBe("absent");
});

test("files of a stage whose inputs have changed are not read, nor a table that rests on them", async () => {
  const files = changed(tinyRun, "manifest.json", (manifest: { planned: object }) => ({
    ...manifest,
    planned: { ...manifest.planned, "train/a": "new", "eval/a": "new" },
  }));
  const run = await readRun(memoryFolder({ ...files, "train/a/training.json": "{" }));
  expect(run.trainings[0]).toMatchObject({ stage: { state: "outdated" }, files: null });
  expect(run.table).toBe("outdated");
});

test("a table that was made from evaluations under other keys is outdated, though all of them are done", async () => {
  const files = changed(tinyRun, "manifest.json", (manifest: { table: object }) => ({
    ...manifest,
    table: { ...manifest.table, "eval/sum": "of before" },
  }));
  expect((await readRun(memoryFolder(files))).table).toBe("outdated");
});

test("a manifest that does not say what was planned is taken at its word", async () => {
  const files = changed(tinyRun, "manifest.json", ({ recipe, versions, stages }: Record<string, unknown>) => ({
    recipe,
    versions,
    stages,
  }));
  const run = await readRun(memoryFolder(files));
  expect(run.stages).toHaveLength(21);
  expect(run.table).toMatchObject({ best_single: "a" });
});

test("everything that is wrong is told at once: file, key, expected, got", async () => {
  const broken = changed(
    changed(tinyRun, "generate/a/counts.json", (counts: object) => ({ ...counts, pairs: "7", identical: null })),
    "merge/gam/report.json",
    (report: { summary: object }) => ({ ...report, summary: { ...report.summary, norm: [1, 2] } }),
  );
  const log = tinyRun["train/b/trainer_log.jsonl"]!.split("\n");
  log[1] = log[1]!.replace(/"step":2/, '"stop":2');
  log[2] = log[2]!.slice(0, 40);
  const { code, problems } = await problemsOf({
    ...broken,
    "train/b/trainer_log.jsonl": log.join("\n"),
    "generate/b/diagnostics.json": "",
  });
  expect(code).toBe("E_RUN_FILE");
  expect(problems).toEqual([
    'run/generate/a/counts.json: pairs — expected number, got "7"',
    "run/generate/a/counts.json: identical — expected number, got null",
    expect.stringMatching(
      /^run\/generate\/b\/diagnostics\.json: \(whole\) — expected JSON, got what is none: /,
    ) as string,
    "run/train/b/trainer_log.jsonl:2: step — expected number, got nothing",
    expect.stringMatching(
      /^run\/train\/b\/trainer_log\.jsonl:3: \(whole\) — expected JSON, got what is none: /,
    ) as string,
    "run/merge/gam/report.json: summary.norm — expected number, got a list of 2",
  ]);
});

test("a folder without a manifest is no run folder; a broken manifest is the only thing told", async () => {
  expect(await problemsOf({ "table.json": "{" })).toMatchObject({
    code: "E_RUN_FOLDER",
    problems: ["run: expected a folder that `pda run` has written, got one without manifest.json"],
  });
  expect(await problemsOf({ ...tinyRun, "manifest.json": "[]", "table.json": "{" })).toMatchObject({
    code: "E_RUN_FILE",
    message: "run/manifest.json: (whole) — expected object, got a list of 0",
  });
});
