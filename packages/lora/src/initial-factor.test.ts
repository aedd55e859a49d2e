import { expect, it } from "vitest";
import { initialFactor } from "./initial-factor.ts";

/** 0, 1/8, … 7/8, again and again. */
const counter = () => {
  let count = 0;
  return { next: () => (count++ % 8) / 8 };
};

it("is uniform in ±1/√in, row by row", () => {
  const A = initialFactor(counter(), { rank: 2, inFeatures: 4 });
  expect([...A]).toEqual([-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375]);
});

it("of a lower rank is the first rows of a higher one's", () => {
  const [low, high] = [1, 3].map((rank) => initialFactor(counter(), { rank, inFeatures: 5 }));
  expect(high!.subarray(0, 5)).toEqual(low);
});
