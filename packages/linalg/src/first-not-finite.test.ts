import fc from "fast-check";
import { expect, it } from "vitest";
import { firstNotFinite } from "./first-not-finite.ts";

it("finds the first of NaN and the infinities, and nothing in numbers of any size", () => {
  const largest = (2 - 2 ** -23) * 2 ** 127;
  const numbers = Float32Array.of(0, -0, largest, -largest, 2 ** -149, 1);
  expect(firstNotFinite(numbers)).toBe(-1);
  for (const broken of [NaN, Infinity, -Infinity]) {
    expect(firstNotFinite(Float32Array.of(...numbers, broken, 1, broken))).toBe(numbers.length);
  }
});

it("finds it wherever it is among many", () => {
  const numbers = new Float32Array(20_000).fill(1);
  for (const place of [0, 3, 4095, 4096, 12_345, 19_999]) {
    const broken = numbers.slice();
    broken[place] = NaN;
    expect(firstNotFinite(broken)).toBe(place);
  }
  expect(firstNotFinite(numbers)).toBe(-1);
});

it("says what Number.isFinite says, of parts of arrays, too", () => {
  fc.assert(
    fc.property(fc.float32Array({ maxLength: 20 }), fc.nat({ max: 5 }), (values, from) => {
      const part = values.subarray(from);
      expect(firstNotFinite(part)).toBe(part.findIndex((value) => !Number.isFinite(value)));
    }),
  );
});
