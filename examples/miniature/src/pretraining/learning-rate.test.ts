import { expect, test } from "vitest";
import { learningRate } from "./learning-rate.ts";

test.each([
  [1, 3e-3 / 50],
  [25, 1.5e-3],
  [50, 3e-3],
  [1200, 3e-3],
  // Half-way down: 0.5 · 0.97 + 0.03 of the peak.
  [1600, 3e-3 * 0.515],
  [2000, 3e-3 * 0.03],
])("step %i of 2,000", (step, expected) => {
  expect([learningRate(step, 2000)]).toBeAllClose([expected], { rtol: 1e-12 });
});
