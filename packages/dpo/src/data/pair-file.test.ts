import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { EncodedPair } from "./encode-pair.ts";
import { createPairFile } from "./pair-file.ts";
import { createPairList } from "./pair-list.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pair-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

const token = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const answer = fc
  .array(fc.tuple(token, fc.constantFrom(0, 1)), { maxLength: 9 })
  .map((tokens) => ({ ids: tokens.map(([id]) => id), mask: tokens.map(([, counts]) => counts) }));
const pair: fc.Arbitrary<EncodedPair> = fc.record({
  id: fc.string({ unit: "grapheme", maxLength: 6 }),
  prompt: fc.array(token, { maxLength: 5 }),
  chosen: answer,
  rejected: answer,
});

it("gives back what was appended, in any order and as often as is asked", async () => {
  const cases = fc
    .array(pair, { minLength: 1, maxLength: 12 })
    .chain((pairs) => fc.tuple(fc.constant(pairs), fc.array(fc.integer({ min: 0, max: pairs.length - 1 }))));
  await fc.assert(
    fc.asyncProperty(cases, async ([pairs, places]) => {
      const file = await createPairFile(folder);
      for (const one of pairs) await file.append(one);
      expect(file.length).toBe(pairs.length);
      expect(await file.read(places)).toEqual(places.map((place) => pairs[place]));
      expect(await file.read([...pairs.keys()])).toEqual(pairs);
      await file.close();
    }),
    { numRuns: 30 },
  );
});

it("leaves no name in its folder, written or not", async () => {
  const file = await createPairFile(folder);
  const long = { ids: Array.from({ length: 100_000 }, (_, i) => i), mask: Array.from({ length: 100_000 }, () => 1) };
  const pairs = Array.from({ length: 5 }, (_, i) => ({ id: `${i}`, prompt: [i], chosen: long, rejected: long }));
  for (const one of pairs) await file.append(one); // several megabytes: written as it grows
  expect(await readdir(folder)).toEqual([]);
  expect(await file.read([4, 0])).toEqual([pairs[4], pairs[0]]);
  await file.close();
});

it("is read through lists of some of its pairs", async () => {
  const file = await createPairFile(folder);
  const side = { ids: [1], mask: [1] };
  for (let i = 0; i < 600; i++) await file.append({ id: `${i}`, prompt: [i], chosen: side, rejected: side });
  const even = Uint32Array.from({ length: 300 }, (_, i) => 2 * i);
  const list = createPairList(file, even, (one) => ({ ...one, id: `pair ${one.id}` }));
  const ids = (pairs: readonly EncodedPair[]): string[] => pairs.map(({ id }) => id);
  expect(ids(await list.read([2, 0]))).toEqual(["pair 4", "pair 0"]);
  expect(ids(await list.slice(298, 400))).toEqual(["pair 596", "pair 598"]);
  const all: EncodedPair[] = [];
  for await (const one of list) all.push(one);
  expect(ids(all)).toEqual([...even].map((place) => `pair ${place}`));
  await file.close();
});
