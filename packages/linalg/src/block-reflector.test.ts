import fc from "fast-check";
import { expect, it } from "vitest";
import { applyBlock, blockReflector, type Vectors } from "./block-reflector.ts";

/** Vectors of a stream of numbers, unit ones or zero. */
function unitVectors(numbers: () => number, size: number, length: number): Vectors {
  const data = new Float64Array(size * length);
  for (let i = 0; i < size; i++) {
    const row = data.subarray(i * length, (i + 1) * length);
    for (let k = i; k < length; k++) row[k] = numbers();
    const norm = Math.hypot(...row);
    for (let k = 0; k < length; k++) row[k]! /= norm || 1;
  }
  return { data, length };
}

/** (I − 2 v vᵀ) x, one reflector after the other. */
function oneByOne(x: Float64Array, V: Vectors, order: readonly number[]): void {
  for (const i of order) {
    const v = V.data.subarray(i * V.length, (i + 1) * V.length);
    const product = v.reduce((sum, value, k) => sum + value * x[k]!, 0);
    for (let k = 0; k < x.length; k++) x[k]! -= 2 * product * v[k]!;
  }
}

it("is its reflectors one after the other, either way round, on the vectors and entries that are meant", () => {
  const cases = fc.record({
    seed: fc.integer(),
    size: fc.integer({ min: 1, max: 9 }),
    count: fc.integer({ min: 0, max: 5 }),
    // across the borders of what is taken at a time
    length: fc.constantFrom(9, 12, 1023, 1024, 1025, 2050),
    transposed: fc.boolean(),
  });
  fc.assert(
    fc.property(cases, ({ seed, size, count, length, transposed }) => {
      let state = seed | 1;
      const numbers = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) / 2 ** 31;
      const [from, first] = [3, 1];
      const V = unitVectors(numbers, size, length);
      const stride = length + from;
      const vectors = { data: Float64Array.from({ length: (count + 2) * stride }, numbers), length: stride };
      const expected = vectors.data.slice();
      const order = Array.from({ length: size }, (_, i) => (transposed ? i : size - 1 - i));
      for (let c = first; c < first + count; c++) {
        oneByOne(expected.subarray(c * stride + from, (c + 1) * stride), V, order);
      }
      applyBlock(vectors, blockReflector(V, size, from), { first, count, transposed });
      expect(vectors.data).toBeAllClose(expected, { rtol: 1e-12, atol: 1e-12 });
    }),
    { numRuns: 60 },
  );
});
