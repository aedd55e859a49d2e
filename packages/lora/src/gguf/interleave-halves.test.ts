import * as fc from "fast-check";
import { expect, it } from "vitest";
import { interleaveHalves } from "./interleave-halves.ts";

it("pairs the halves of each head, by hand", () => {
  // Two heads of four rows of one byte: [a b | c d] becomes [a c b d].
  const rows = Uint8Array.of(0, 1, 2, 3, 10, 11, 12, 13);
  expect([...interleaveHalves(rows, { rows: 8, heads: 2 })]).toEqual([0, 2, 1, 3, 10, 12, 11, 13]);
});

it("keeps rows whole and loses none", () => {
  const sizes = fc.record({ heads: fc.integer({ min: 1, max: 4 }), half: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5 }), ({ heads, half }, width) => {
      const rows = heads * half * 2;
      const bytes = Uint8Array.from({ length: rows * width }, (_, i) => Math.floor(i / width));
      const out = interleaveHalves(bytes, { rows, heads });
      const names = Array.from({ length: rows }, (_, row) => out.slice(row * width, (row + 1) * width));
      expect(names.every((row) => row.every((value) => value === row[0]))).toBe(true);
      expect(names.map((row) => row[0]!).toSorted((a, b) => a - b)).toEqual([...names.keys()]);
    }),
  );
});
