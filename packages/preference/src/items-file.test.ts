import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Item } from "./item.ts";
import { readItems, streamItems, writeItems } from "./items-file.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "items "));
  path = join(folder, "items.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const prompt: Item["prompt"] = [{ role: "user", content: "Capital of France?" }];

it("reads back what it wrote, keys in one order", async () => {
  const items: Item[] = [
    { cluster: "France", answers: ["Paris"], prompt: [{ content: "Capital of France?", role: "user" }], id: "a" },
    { id: "b", prompt, cluster: "" },
    { id: "c", prompt, answers: [] },
  ];
  await writeItems(path, items);
  expect(await readItems(path)).toEqual(items);
  const [first] = (await readFile(path, "utf8")).split("\n");
  expect(first).toBe(
    '{"id":"a","prompt":[{"role":"user","content":"Capital of France?"}],"answers":["Paris"],"cluster":"France"}',
  );
});

it("names an item without an id by its prompt", async () => {
  await writeFile(path, '{"prompt":[{"content":"Capital of France?","role":"user"}]}\n');
  const id = createHash("sha256").update(JSON.stringify(prompt)).digest("hex");
  expect(await readItems(path)).toEqual([{ id, prompt }]);
});

it("streams items of either kind, and lets ids repeat", async () => {
  const items: Item[] = ["a", "a", "b"].map((id) => ({ id, prompt }));
  async function* given() {
    yield* items;
  }
  await writeItems(path, given());
  const read: Item[] = [];
  for await (const item of streamItems(path)) read.push(item);
  expect(read).toEqual(items);
  await expect(streamItems(`${path}.none`).next()).rejects.toMatchObject({ code: "E_FILE" });
});

it("refuses an id twice, with both lines", async () => {
  await writeFile(path, [{ id: "a", prompt }, { prompt }, { prompt }].map((row) => JSON.stringify(row)).join("\n"));
  await expect(readItems(path)).rejects.toMatchObject({ code: "E_DUPLICATE_ID", line: 3 });
  await writeFile(
    path,
    [
      { id: "a", prompt },
      { id: "a", prompt },
    ]
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(""),
  );
  await expect(readItems(path)).rejects.toThrow(`${path}:2: id — expected another than line 1's, got "a" again`);
});

it("refuses keys that it does not know", async () => {
  await writeFile(path, JSON.stringify({ id: "", prompt, answer: "Paris" }));
  await expect(readItems(path)).rejects.toMatchObject({
    code: "E_ROW",
    problems: ['id — expected some text, got ""', 'answer — expected no such key, got "Paris"'],
  });
});
