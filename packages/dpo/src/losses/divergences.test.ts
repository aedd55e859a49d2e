import "@tensorflow/tfjs"; // the gradients
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { createLoss } from "./create-loss.ts";
import { type DivergenceName, divergenceNames, divergences } from "./divergences.ts";
import { losses } from "./losses.ts";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const scoreOf = (name: DivergenceName, logRatio: number, alpha = 0.5): number =>
  divergences[name](tf.tensor1d([logRatio]), alpha).dataSync()[0]!;

// The policy makes an answer twice as likely as the reference: t = 2.
it.each<[DivergenceName, number, number]>([
  ["reverse_kl", 0.5, Math.LN2],
  ["forward_kl", 0.5, 1 - 1 / 2],
  ["js_divergence", 0.5, Math.log(2 * (2 / 3))],
  ["alpha_divergence", 0.5, (2 ** -0.5 - 1) / -0.5],
  ["alpha_divergence", 2, 2 - 1],
  ["alpha_divergence", 1, Math.LN2],
])("%s with α %d, by hand", (name, alpha, expected) => {
  expect(scoreOf(name, Math.LN2, alpha)).toBeCloseTo(expected, 6);
});

it.each(divergenceNames)("%s is 0 where policy and reference agree, and grows with the log-ratio", (name) => {
  expect(scoreOf(name, 0)).toBeCloseTo(0, 6);
  const ratio = fc.double({ min: -4, max: 4, noNaN: true });
  fc.assert(
    fc.property(ratio, ratio, (a, b) => {
      fc.pre(Math.abs(a - b) > 0.05);
      expect(Math.sign(scoreOf(name, a) - scoreOf(name, b))).toBe(Math.sign(a - b));
    }),
  );
});

it.each(divergenceNames)("a loss of %s has the gradient of its differences", (type) => {
  const loss = createLoss(losses.sigmoid, { beta: 0.3, divergence: { type, alpha: 0.5 } });
  const extras = { reference: tf.tensor1d([-4, -5, -3, -2]) };
  const lossAt = (x: tf.Tensor): tf.Scalar =>
    loss.compute({ sums: x as tf.Tensor1D, counts: tf.tensor1d([3, 2, 1, 4]), extras }).loss;
  const at = [-3.5, -4.8, -3.6, -2.9];
  const differences = at.map((_, i) => {
    const moved = (by: number): number => lossAt(tf.tensor1d(at.map((x, j) => (j === i ? x + by : x)))).dataSync()[0]!;
    return (moved(0.02) - moved(-0.02)) / 0.04;
  });
  expect(tf.grad(lossAt)(tf.tensor1d(at)).dataSync()).toBeAllClose(differences, { rtol: 3e-3, atol: 1e-4 });
});
