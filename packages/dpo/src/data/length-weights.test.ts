import { expect, it } from "vitest";
import { weighByLength } from "./length-weights.ts";

const pair = {
  id: "a",
  prompt: [1],
  chosen: { ids: [10, 11, 12, 13, 14], mask: [1, 0, 1, 1, 1] },
  rejected: { ids: [20, 21], mask: [1, 1] },
};

it("weighs what the longer answer says beyond the shorter one's length; what does not count is no length", () => {
  const { chosen, rejected } = weighByLength(pair, 0.25);
  expect(chosen).toEqual({ ...pair.chosen, weights: [1, 1, 1, 0.25, 0.25] });
  expect(rejected).toEqual({ ...pair.rejected, weights: [1, 1] });
});

it("takes either side for the longer one, and leaves everything at α = 1", () => {
  const swapped = { ...pair, chosen: pair.rejected, rejected: pair.chosen };
  expect(weighByLength(swapped, 0).rejected.weights).toEqual([1, 1, 1, 0, 0]);
  expect(weighByLength(pair, 1).chosen.weights).toEqual([1, 1, 1, 1, 1]);
});
