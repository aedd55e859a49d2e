import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writePairsParquet } from "./parquet/pairs-parquet.ts";
import { readRows } from "./read-rows.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rows "));
});
afterEach(() => rm(folder, { recursive: true }));

const collect = async (path: string) => {
  const rows = [];
  for await (const row of readRows(path)) rows.push(row);
  return rows;
};

it("reads any rows with their lines, from JSONL and from Parquet", async () => {
  const jsonl = join(folder, "rows.jsonl");
  await writeFile(jsonl, '{"a":1}\n\n{"b":[{"c":null}]}\n');
  expect(await collect(jsonl)).toEqual([
    { row: { a: 1 }, line: 1 },
    { row: { b: [{ c: null }] }, line: 3 },
  ]);

  const parquet = join(folder, "rows.parquet");
  const messages = (content: string) => [{ role: "user" as const, content }];
  const pair = { prompt: messages("p"), chosen: messages("c"), rejected: messages("r") };
  await writePairsParquet(parquet, [{ ...pair, prompt_id: "x", chosen_model: "m", rejected_model: "n" }]);
  expect(await collect(parquet)).toMatchObject([{ row: { ...pair, prompt_id: "x" }, line: 1 }]);
});

it("refuses a row that is no object, with its place", async () => {
  const path = join(folder, "rows.jsonl");
  await writeFile(path, '{"a":1}\n[1]\n');
  await expect(collect(path)).rejects.toMatchObject({ code: "E_ROW", line: 2, file: path });
});
