import { expect, test } from "vitest";

import { isCount, parseNumber } from "./parse-number.ts";

test("a number is what is one and is accepted", () => {
  expect(parseNumber("3", isCount(3))).toBe(3);
  expect(parseNumber("1e3", isCount(0))).toBe(1000);
  expect(parseNumber("0.5", (value) => value < 1)).toBe(0.5);
  for (const text of ["", " ", "2", "3.5", "x", "Infinity", "-3"])
    expect(parseNumber(text, isCount(3))).toBeUndefined();
});
