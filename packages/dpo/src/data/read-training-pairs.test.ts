import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pair } from "@prefdelta/preference";
import { writePairs, writePairsParquet } from "@prefdelta/preference/node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readTrainingPairs } from "./read-training-pairs.ts";
import type { TrainingPair } from "./training-pair.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "training-pairs-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(path: string): Promise<TrainingPair[]> {
  const pairs: TrainingPair[] = [];
  for await (const pair of readTrainingPairs(path)) pairs.push(pair);
  return pairs;
}

const pair: Pair = {
  prompt: [{ role: "user", content: "Où ?" }],
  chosen: [{ role: "assistant", content: "là" }],
  rejected: [{ role: "assistant", content: "ici" }],
  prompt_id: "q",
  chosen_model: "weak",
  rejected_model: "weaker",
};

it("reads our own pairs alike from JSONL and from Parquet", async () => {
  const { chosen_model: _, rejected_model: _1, ...words } = pair;
  const [jsonl, parquet] = [join(folder, "pairs.jsonl"), join(folder, "pairs.parquet")];
  // Parquet has a column that one row has in every row.
  await writePairs(jsonl, [pair, { ...pair, source: "x" }]);
  await writePairsParquet(parquet, [{ ...pair, source: "x" }, pair]);
  expect(await read(jsonl)).toEqual([words, words]);
  expect(await read(parquet)).toEqual([words, words]);
});

// A row of every shape, by pyarrow: tooling/peers/row_shapes_parquet.py.
const shapes = fileURLToPath(new URL("__fixtures__/row-shapes", import.meta.url));
const names = readdirSync(shapes).filter((name) => name.endsWith(".jsonl"));

it.each(names)("reads %s alike from Parquet", async (name) => {
  const pairs = await read(join(shapes, name));
  expect(pairs).toHaveLength(2);
  expect(await read(join(shapes, name.replace("jsonl", "parquet")))).toEqual(pairs);
});

it("says in which line a row is no pair", async () => {
  const path = join(folder, "pairs.jsonl");
  await writeFile(path, '{"prompt":"a","chosen":"b","rejected":"c"}\n\n{"prompt":"a","chosen":"b"}\n');
  await expect(read(path)).rejects.toMatchObject({
    code: "E_ROW",
    message: expect.stringContaining(`${path}:3: rejected — `) as string,
  });
});
