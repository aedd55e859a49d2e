import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { deltaVerdicts } from "../diagnostics/delta-verdicts.ts";
import { diagnosePairs } from "../diagnostics/diagnose-pairs.ts";
import type { Pair } from "../pair.ts";
import { readPairsParquet } from "../parquet/pairs-parquet.ts";
import { datasetCard } from "./dataset-card.ts";
import { writePairsShards } from "./write-shards.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "data set "));
});
afterEach(() => rm(folder, { recursive: true }));

const pairOf = (i: number): Pair => ({
  prompt: [{ role: "user", content: `q${i}` }],
  chosen: [{ role: "assistant", content: `yes ${i}` }],
  rejected: [{ role: "assistant", content: "no" }],
  ...{ prompt_id: `q${i}`, chosen_model: "weak", rejected_model: "weaker" },
});
const pairs = (n: number): Pair[] => Array.from({ length: n }, (_, i) => pairOf(i));

it.each([
  [0, 1, 0],
  [3, 1, 3],
  [4, 1, 4],
  [9, 3, 4],
])("writes %i rows as %i shards of four", async (n, shards, inFirst) => {
  await writeFile(join(folder, "train-00000-of-00007.parquet"), "of another writing");
  await writeFile(join(folder, "notes.txt"), "kept");
  const { rows, files } = await writePairsShards(folder, pairs(n), { rowsPerShard: 4 });
  expect(rows).toBe(n);
  expect(files).toEqual(Array.from({ length: shards }, (_, i) => `train-0000${i}-of-0000${shards}.parquet`));
  expect((await readdir(folder)).toSorted()).toEqual(["notes.txt", ...files]);
  const read: Pair[] = [];
  for (const file of files) for await (const pair of readPairsParquet(join(folder, file))) read.push(pair);
  expect(read).toEqual(pairs(n));
  let first = 0;
  for await (const _ of readPairsParquet(join(folder, files[0]!))) first++;
  expect(first).toBe(inFirst);
});

it("leaves no shard under its name when the rows break off", async () => {
  async function* broken() {
    yield* pairs(6);
    throw new Error("torn");
  }
  await expect(writePairsShards(folder, broken(), { rowsPerShard: 4 })).rejects.toThrow("torn");
  expect((await readdir(folder)).filter((name) => name.startsWith("train"))).toEqual([]);
});

it("says in YAML where each config's files are, and in words what they are", () => {
  const diagnostics = diagnosePairs(pairs(5), { isCorrect: (_, text) => text.startsWith("yes") });
  const config = { chosenModels: ["org/weak"], rejectedModels: ["org/weaker", "x"] };
  const card = datasetCard({
    title: 'A "ladder"',
    configs: [
      {
        ...config,
        name: "upper",
        files: "upper/train-*.parquet",
        rows: 5,
        diagnostics: { ...diagnostics, verdicts: deltaVerdicts(diagnostics) },
      },
      { ...config, name: "lower", files: "lower/train-*.parquet", rows: 2000 },
    ],
  });
  expect(card.split("\n# ")[0]).toBe(`---
pretty_name: "A \\"ladder\\""
tags: [preference, dpo, trl, delta-learning, prefdelta]
size_categories: ["1K<n<10K"]
configs:
  - config_name: "upper"
    default: true
    data_files:
      - split: train
        path: "upper/train-*.parquet"
  - config_name: "lower"
    data_files:
      - split: train
        path: "lower/train-*.parquet"
---`);
  expect(card).toContain("- **upper**: chosen by `org/weak`, rejected by `org/weaker`, `x`");
  expect(card).toContain("| upper | 5 | 5 / 2 | 100.0 % / 0.0 % |");
  expect(card).toContain("| lower | 2000 | – / – | – / – |");
  expect(card).toContain("- upper: chosen is 2.5× longer: the delta may teach length");
});
