import { expect, test } from "vitest";
import { createUpdateWeights } from "./update-weights.ts";

const setup = () => {
  const weights = new Map([
    ["matrix", { shape: [1, 2], values: Float32Array.of(1, -2) }],
    ["norm", { shape: [2], values: Float32Array.of(1, 1) }],
  ]);
  return { weights, update: createUpdateWeights(weights) };
};
const gradients = (matrix: number[], norm: number[]) =>
  new Map([
    ["matrix", Float32Array.from(matrix)],
    ["norm", Float32Array.from(norm)],
  ]);

test("the first step moves every weight by the learning rate against its gradient; only matrices decay", () => {
  const { weights, update } = setup();
  update(gradients([0.1, -0.2], [0.3, 0]), 0.01);
  // Bias correction makes m/√v the gradient's sign.
  expect(weights.get("matrix")?.values).toBeAllClose([1 - 0.0005 - 0.01, -2 + 0.001 + 0.01], { rtol: 1e-6 });
  expect(weights.get("norm")?.values).toBeAllClose([0.99, 1], { rtol: 1e-6 });
});

test("the second step, by hand", () => {
  const { weights, update } = setup();
  update(gradients([0, 0], [0.1, 0]), 0.01);
  update(gradients([0, 0], [0.2, 0]), 0.01);
  const m = (0.9 * 0.1 * 0.1 + 0.1 * 0.2) / (1 - 0.9 ** 2);
  const v = (0.95 * 0.05 * 0.1 ** 2 + 0.05 * 0.2 ** 2) / (1 - 0.95 ** 2);
  expect(weights.get("norm")?.values).toBeAllClose([0.99 - (0.01 * m) / Math.sqrt(v), 1], { rtol: 1e-6 });
});

test("gradients of matrices and norms are scaled together to a norm of 1, and left alone below it", () => {
  const long = setup();
  const short = setup();
  long.update(gradients([30, 0], [40, 0]), 0.01);
  short.update(gradients([0.6, 0], [0.8, 0]), 0.01);
  const next = (): Map<string, Float32Array> => gradients([0.1, 0.1], [0.1, 0.1]);
  long.update(next(), 0.01);
  short.update(next(), 0.01);
  for (const name of ["matrix", "norm"]) {
    expect(long.weights.get(name)?.values).toBeAllClose(short.weights.get(name)?.values ?? [], { rtol: 1e-5 });
  }
});
