import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Completion } from "../completion.ts";
import type { Message } from "../message.ts";
import { openResponseStore } from "./response-store.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "store "));
});
afterEach(() => rm(folder, { recursive: true }));

const identity = { model: "org/weak 1.7B", revision: "abc", sampling: { temperature: 0, seed: 1 } };
const prompt = (i: number): Message[] => [{ role: "user", content: `Où ? ${i}` }];
const answer = (i: number): Completion[] => [
  { text: `là\n😀 ${i}`, finish: "stop", reasoning: "hm", usage: { prompt: 1, completion: i } },
  { text: "", finish: "length" },
];

const fill = async (from: number, to: number) => {
  const store = await openResponseStore(folder, identity);
  for (let i = from; i < to; i++) await store.put(store.keyOf(prompt(i)), answer(i));
  await store.close();
};
const segments = async () => {
  const [generation] = await readdir(folder);
  const names = (await readdir(join(folder, generation!))).filter((name) => name.endsWith(".jsonl"));
  return names.toSorted().map((name) => join(folder, generation!, name));
};

it("gives back what it was given, also to a later process, and appends to segments of its own", async () => {
  await fill(0, 3);
  await fill(3, 5);
  const store = await openResponseStore(folder, identity);
  expect([store.size, store.broken, store.model]).toEqual([5, 0, "org/weak 1.7B"]);
  for (let i = 0; i < 5; i++) expect(await store.get(store.keyOf(prompt(i)))).toEqual(answer(i));
  expect(await store.get(store.keyOf(prompt(5)))).toBeUndefined();
  await store.close();
  expect(await segments()).toHaveLength(2);
});

it("reads what it has just written, many at once", async () => {
  const store = await openResponseStore(folder, identity);
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      await store.put(store.keyOf(prompt(i)), answer(i));
      expect(await store.get(store.keyOf(prompt(i)))).toEqual(answer(i));
    }),
  );
  await store.close();
});

it("keeps generations apart that differ in anything but the order of keys", async () => {
  const open = async (other: Record<string, unknown>) => {
    const store = await openResponseStore(folder, { ...identity, ...other });
    const { size } = store;
    await store.put(store.keyOf(prompt(size)), answer(0));
    await store.close();
    return size;
  };
  expect(await open({})).toBe(0);
  expect(await open({ sampling: { seed: 1, temperature: 0 } })).toBe(1);
  expect(await open({ sampling: { seed: 2, temperature: 0 } })).toBe(0);
  expect(await open({ revision: "def" })).toBe(0);
  expect(await open({ model: "weaker" })).toBe(0);
  expect(await open({ template_hash: "x" })).toBe(0);
  expect(await readdir(folder)).toHaveLength(5);
});

it("has just the whole lines of a segment that was cut anywhere", async () => {
  await fill(0, 4);
  const [segment] = await segments();
  const bytes = await readFile(segment!);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length), async (length) => {
      await writeFile(segment!, bytes);
      await truncate(segment!, length);
      const whole = bytes.subarray(0, length).filter((byte) => byte === 0x0a).length;
      const store = await openResponseStore(folder, identity);
      expect([store.size, store.broken]).toEqual([whole, 0]);
      for (let i = 0; i < 4; i++)
        expect(await store.get(store.keyOf(prompt(i)))).toEqual(i < whole ? answer(i) : undefined);
      await store.close();
    }),
    { numRuns: 25 },
  );
});

it("counts lines that are not answers, and the first of two answers stays", async () => {
  await fill(0, 1);
  const [segment] = await segments();
  const line = await readFile(segment!, "utf8");
  const second = line.replace("hm", "HM");
  const zeroed = Buffer.from(line);
  zeroed.fill(0, 60, 70);
  await writeFile(segment!, Buffer.concat([Buffer.from(`${line}${second}{"key":"x"}\n\n`), zeroed]));
  const store = await openResponseStore(folder, identity);
  expect([store.size, store.broken]).toEqual([1, 3]);
  expect(await store.get(store.keyOf(prompt(0)))).toEqual(answer(0));
  await store.close();
});

it("does not take for an answer what only looks like one", async () => {
  await fill(0, 1);
  const [segment] = await segments();
  const line = await readFile(segment!, "utf8");
  await writeFile(segment!, line.replace('"finish":"stop"', '"finish":12345 '));
  const store = await openResponseStore(folder, identity);
  await expect(store.get(store.keyOf(prompt(0)))).rejects.toMatchObject({ code: "E_STORE", file: segment });
  await store.close();
});

it("gives two processes a segment each", async () => {
  const [left, right] = [await openResponseStore(folder, identity), await openResponseStore(folder, identity)];
  await Promise.all([left, right].map((store, i) => store.put(store.keyOf(prompt(i)), answer(i))));
  await Promise.all([left.close(), right.close()]);
  expect(await segments()).toHaveLength(2);
  const store = await openResponseStore(folder, identity);
  for (const i of [0, 1]) expect(await store.get(store.keyOf(prompt(i)))).toEqual(answer(i));
  await store.close();
});

it("says where it cannot store", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(openResponseStore(join(folder, "file"), identity)).rejects.toMatchObject({ code: "E_STORE" });
  const store = await openResponseStore(folder, identity);
  await rm(folder, { recursive: true });
  await expect(store.put(store.keyOf(prompt(0)), answer(0))).rejects.toMatchObject({
    code: "E_WRITE",
    message: expect.stringContaining("ENOENT") as string,
  });
  expect(store.has(store.keyOf(prompt(0)))).toBe(false);
  await mkdir(folder); // for afterEach
});
