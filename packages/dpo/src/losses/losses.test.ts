import "@tensorflow/tfjs"; // the gradients
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createLoss } from "./create-loss.ts";
import type { DpoLoss } from "./dpo-loss.ts";
import { lossNames, losses } from "./losses.ts";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

// Two pairs; sequences chosen, rejected, chosen, rejected.
const sums = [-10, -12, -30, -20];
const counts = [5, 4, 10, 0]; // a sequence without tokens is divided by 1
const reference = [-11, -11, -29, -21];

function evaluate(row: DpoLoss, beta: number): number {
  const all = { sums, counts, reference };
  const of = (values: readonly number[]): tf.Tensor1D =>
    tf.tensor1d(row.needsRejected ? [...values] : values.filter((_, s) => s % 2 === 0));
  const { loss } = createLoss(row, { beta }).compute({
    sums: of(all.sums),
    counts: of(all.counts),
    extras: row.needsReference ? { reference: of(all.reference) } : {},
  });
  return loss.dataSync()[0]!;
}

const negativeLogSigmoid = (x: number): number => Math.log1p(Math.exp(-x));

describe("the table", () => {
  it("names every row as its key", () => {
    expect(Object.values<DpoLoss>(losses).map(({ name }) => name)).toEqual(lossNames);
  });

  it("gives every step its own key", () => {
    const keys = lossNames.flatMap((name) => [0.1, 5].map((beta) => createLoss(losses[name], { beta }).key));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("by hand", () => {
  it("sigmoid: differences of summed log-ratios", () => {
    // log-ratios 1, −1, −1, 1: margins 2 and −2
    expect(evaluate(losses.sigmoid, 0.5)).toBeCloseTo((negativeLogSigmoid(1) + negativeLogSigmoid(-1)) / 2, 6);
  });

  it("sigmoid_norm: differences of mean log-ratios", () => {
    const margins = [1 / 5 + 1 / 4, -1 / 10 - 1];
    const expected = (negativeLogSigmoid(5 * margins[0]!) + negativeLogSigmoid(5 * margins[1]!)) / 2;
    expect(evaluate(losses.sigmoid_norm, 5)).toBeCloseTo(expected, 6);
  });

  it("sft: cross-entropy over the batch's chosen tokens", () => {
    expect(evaluate(losses.sft, 1)).toBeCloseTo((10 + 30) / (5 + 10), 6);
  });
});

describe("properties", () => {
  const number = fc.double({ min: -40, max: 0, noNaN: true });
  const quadruple = fc.tuple(number, number, number, number);

  it.each(["sigmoid", "sigmoid_norm"] as const)("%s is log 2 where policy and reference agree", (name) => {
    const same = tf.tensor1d(sums);
    const batch = { sums: same, counts: tf.tensor1d(counts), extras: { reference: same } };
    expect(createLoss(losses[name], { beta: 3 }).compute(batch).loss.dataSync()[0]).toBeCloseTo(Math.LN2, 6);
  });

  it.each(["sigmoid", "sigmoid_norm"] as const)("%s has the gradient of its differences", (name) => {
    fc.assert(
      fc.property(quadruple, quadruple, (at, from) => {
        const loss = createLoss(losses[name], { beta: 0.3 });
        const extras = { reference: tf.tensor1d(from) };
        const value = (x: tf.Tensor): tf.Scalar =>
          loss.compute({ sums: x as tf.Tensor1D, counts: tf.tensor1d([3, 2, 1, 4]), extras }).loss;
        const gradient = tf.grad(value)(tf.tensor1d(at)).dataSync();
        const step = 0.05; // float32 sums of up to 40: a smaller step drowns in rounding
        const differences = at.map((_, i) => {
          const moved = (by: number): number =>
            value(tf.tensor1d(at.map((x, j) => (j === i ? x + by : x)))).dataSync()[0]!;
          return (moved(step) - moved(-step)) / (2 * step);
        });
        expect(gradient).toBeAllClose(differences, { rtol: 1e-3, atol: 2e-4 });
      }),
      { numRuns: 25 },
    );
  });

  it("sft's gradient is one over the tokens, for every sequence", () => {
    const loss = createLoss(losses.sft, { beta: 1 });
    const value = (x: tf.Tensor): tf.Scalar =>
      loss.compute({ sums: x as tf.Tensor1D, counts: tf.tensor1d([3, 5]), extras: {} }).loss;
    expect(
      tf
        .grad(value)(tf.tensor1d([-4, -9]))
        .dataSync(),
    ).toBeAllClose([-1 / 8, -1 / 8], { rtol: 1e-6 });
  });
});
