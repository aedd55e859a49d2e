import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Pair } from "../pair.ts";
import { readParquetRows } from "./read-parquet-rows.ts";
import { readPrompts, writeDropped } from "../prompts/read-prompts.ts";
import { readPairsParquet, writePairsParquet } from "./pairs-parquet.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parquet "));
  path = join(folder, "pairs.parquet");
});
afterEach(() => rm(folder, { recursive: true }));

const collect = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
};
const pair = (i: number, extra: Record<string, unknown> = {}): Pair => ({
  prompt: [
    { role: "system", content: "" },
    { role: "user", content: `Où ? 😀 ${i}` },
  ],
  chosen: [{ role: "assistant", content: `là ${i}` }],
  rejected: [{ role: "assistant", content: "ici\0" }],
  prompt_id: `q${i}`,
  chosen_model: "weak",
  rejected_model: "weaker",
  ...extra,
});

it("reads back what it wrote, beyond one row group, further columns with it", async () => {
  const rows = Array.from({ length: 2500 }, (_, i) =>
    pair(i, { sample: i % 3, source: "a", kept: i % 2 === 0, ...(i === 7 ? {} : { tags: `${i}` }) }),
  );
  await writePairsParquet(path, rows);
  expect(await collect(readPairsParquet(path))).toEqual(rows);
  expect(await readdir(folder)).toEqual(["pairs.parquet"]);
});

it("keeps what has no fixed shape as JSON, and writes the same bytes again", async () => {
  await writePairsParquet(path, [pair(0, { tools: [{ name: "search" }] })]);
  const [row] = await collect(readPairsParquet(path));
  expect(row!["tools"]).toBe('[{"name":"search"}]');
  const bytes = await readFile(path);
  await writePairsParquet(path, [pair(0, { tools: [{ name: "search" }] })]);
  expect((await readFile(path)).equals(bytes)).toBe(true);
});

it("writes no pairs, too", async () => {
  await writePairsParquet(path, []);
  expect(await collect(readPairsParquet(path))).toEqual([]);
});

it("leaves the old file and no other when the rows break off, or do not fit the first", async () => {
  await writeFile(path, "old");
  async function* broken(): AsyncGenerator<Pair> {
    yield pair(0);
    throw new RangeError("model gone");
  }
  await expect(writePairsParquet(path, broken())).rejects.toThrow(new RangeError("model gone"));
  await expect(writePairsParquet(path, [pair(0, { a: 1 }), pair(1, { a: "x", b: 1 })])).rejects.toMatchObject({
    code: "E_ROW",
    problems: ["q1: b — expected no column that the first row has not", 'q1: a — expected number, got "x"'],
  });
  await expect(writePairsParquet(join(folder, "no", "x.parquet"), [pair(0)])).rejects.toMatchObject({
    code: "E_WRITE",
  });
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["pairs.parquet"]);
  await expect(collect(readPairsParquet(path))).rejects.toMatchObject({ code: "E_FILE", file: path });
});

it("reads prompts as pyarrow writes them: nested, 64-bit, dictionary pages, Snappy", async () => {
  const file = fileURLToPath(new URL("../__fixtures__/prompts.parquet", import.meta.url));
  const fields = { id: "extra_info.index", answers: "reward_model.ground_truth.target", cluster: "data_source" };
  const items = await collect(readPrompts(file, fields));
  expect(items).toHaveLength(300);
  expect(items[0]).toEqual({
    id: "0",
    prompt: [{ role: "user", content: "Où est la ville 0 ?" }],
    answers: ["ville 0", "Ville 0"],
    cluster: "nq",
  });
  expect(items[299]).toMatchObject({ id: "299", cluster: "hotpotqa", answers: ["ville 299", "Ville 299"] });
});

it("decodes the columns that are wanted and there, and has rows without any", async () => {
  const file = fileURLToPath(new URL("../__fixtures__/prompts.parquet", import.meta.url));
  const rows = await collect(readParquetRows(file, new Set(["data_source", "tools"])));
  expect(rows[299]).toEqual({ row: { data_source: "hotpotqa" }, line: 300 });
  expect(await collect(readParquetRows(file, new Set(["tools"])))).toHaveLength(300);
});

it("reads the same prompts from JSONL, names those without an id, and places what is wrong", async () => {
  const jsonl = join(folder, "prompts.jsonl");
  await writeFile(jsonl, '{"question":"Hi?"}\n{"question":"Ho?"}\n{}\n');
  const ids: string[] = [];
  const read = async () => {
    for await (const { id } of readPrompts(jsonl, { prompt: "question" })) ids.push(id);
  };
  await expect(read()).rejects.toMatchObject({ code: "E_ROW", line: 3, file: jsonl });
  expect(ids.map((id) => id.length)).toEqual([64, 64]);
  await writeDropped(join(folder, "dropped.jsonl"), [{ id: "a", reason: "exact", of: "b" }]);
  expect(await readFile(join(folder, "dropped.jsonl"), "utf8")).toBe('{"id":"a","reason":"exact","of":"b"}\n');
});
