import fc from "fast-check";
import { expect, it } from "vitest";
import { similarity } from "./similarity.ts";

it("is the share of 5-character shingles that both have", () => {
  // "abcdef": abcde, bcdef; "abcdeg": abcde, bcdeg: one of three.
  expect(similarity("abcdef", "abcdeg")).toBe(1 / 3);
  expect(similarity("abcdef", "ABC  DEF".replace(" ", ""))).toBeLessThan(1);
  expect(similarity("One  two\nthree", " one two three")).toBe(1);
  expect(similarity("ab", "ab")).toBe(1);
  expect(similarity("ab", "ac")).toBe(0);
  expect(similarity("", "")).toBe(1);
});

it("is symmetric, 1 with itself, and between 0 and 1", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (a, b) => {
      const value = similarity(a, b);
      expect(value).toBe(similarity(b, a));
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(similarity(a, a)).toBe(1);
    }),
  );
});
