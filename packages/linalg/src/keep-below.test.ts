import fc from "fast-check";
import { expect, it } from "vitest";
import { keepBelow } from "./keep-below.ts";

it("keeps what has a word below the limit, divided, bit for bit", () => {
  const word = fc.oneof(fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1), fc.nat(2 ** 32 - 1));
  const entry = fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), word);
  const rule = fc.record({
    limit: fc.oneof(word, fc.constant(2 ** 32), fc.double({ min: 0, max: 2 ** 32, noNaN: true })),
    divisor: fc.constantFrom(1, 0.3, -2),
  });
  const types = fc.constantFrom(Float64Array, Float32Array);
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 9 }), rule, types, (entries, { limit, divisor }, Type) => {
      const values = Type.from(entries.map(([value]) => value));
      const before = values.slice();
      keepBelow(
        values,
        Uint32Array.from(entries, ([, one]) => one),
        { limit, divisor },
      );
      // In float32 the divisor is rounded as well as the quotient.
      const expected = before.map((value, i) =>
        entries[i]![1] < limit ? value / (Type === Float32Array ? Math.fround(divisor) : divisor) : 0,
      );
      expect(values).toEqual(expected);
    }),
  );
});

it.each([Float64Array, Float32Array])("takes more places than fit at once, and refuses too few words: %o", (Type) => {
  const values = Type.from(Array.from({ length: 20_001 }, (_, i) => i));
  const words = Uint32Array.from(values, (_, i) => (i % 3 === 0 ? 5 : 9));
  keepBelow(values, words, { limit: 7, divisor: 2 });
  expect(values).toEqual(values.map((_, i) => (i % 3 === 0 ? i / 2 : 0)));
  expect(() => keepBelow(values, words.subarray(1), { limit: 7, divisor: 2 })).toThrow(
    expect.objectContaining({ code: "E_SHAPE" }),
  );
});
