import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createKeyIndex } from "./key-index.ts";

const keyOf = (i: number): string => createHash("sha256").update(String(i)).digest("hex").slice(0, 32);

it("finds every key again, beyond several growths, and no other", () => {
  const index = createKeyIndex();
  const location = (i: number) => ({ segment: 1 + (i % 3), offset: i * 2 ** 17, length: i + 7 });
  for (let i = 0; i < 20_000; i++) expect(index.add(keyOf(i), location(i))).toBe(true);
  expect(index.size).toBe(20_000);
  for (let i = 0; i < 20_000; i++) expect(index.get(keyOf(i))).toEqual(location(i));
  expect(index.get(keyOf(20_000))).toBeUndefined();
});

it("keeps the first of a key, as a map would, also where keys collide in their first words", () => {
  const key = fc
    .tuple(fc.constantFrom("00000000", "ffffffff"), fc.nat(3))
    .map(([head, tail]) => `${head}${`0000000${tail}`.repeat(3)}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(1000))), (entries) => {
      const index = createKeyIndex();
      const map = new Map<string, number>();
      for (const [name, offset] of entries) {
        expect(index.add(name, { segment: 1, offset, length: 1 })).toBe(!map.has(name));
        if (!map.has(name)) map.set(name, offset);
      }
      expect(index.size).toBe(map.size);
      for (const [name, offset] of map) expect(index.get(name)).toEqual({ segment: 1, offset, length: 1 });
    }),
  );
});

it("forgets all when it is cleared, and begins anew", () => {
  const index = createKeyIndex();
  for (let i = 0; i < 20_000; i++) index.add(keyOf(i), { segment: 1, offset: i, length: 1 });
  index.clear();
  expect(index.size).toBe(0);
  expect(index.get(keyOf(7))).toBeUndefined();
  expect(index.add(keyOf(7), { segment: 2, offset: 1, length: 3 })).toBe(true);
  expect(index.get(keyOf(7))).toEqual({ segment: 2, offset: 1, length: 3 });
});
