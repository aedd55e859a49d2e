import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { createLoss } from "./create-loss.ts";
import { losses } from "./losses.ts";
import { mixLosses } from "./mix-losses.ts";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const { sft, sigmoid, simpo } = losses;
const batch = (sides: 1 | 2) => ({
  sums: tf.tensor1d([-10, -12, -30, -20].filter((_, s) => s % 2 < sides)),
  counts: tf.tensor1d([5, 4, 10, 8].filter((_, s) => s % 2 < sides)),
  extras: { reference: tf.tensor1d([-11, -11, -29, -21].filter((_, s) => s % 2 < sides)) },
});
const evaluate = (row: Parameters<typeof createLoss>[0]): number =>
  createLoss(row, { beta: 0.5 })
    .compute(batch(row.needsRejected ? 2 : 1))
    .loss.dataSync()[0]!;

it("adds losses up by weight", () => {
  const mix = mixLosses([
    { loss: sigmoid, weight: 2 },
    { loss: sft, weight: -0.5 },
  ]);
  expect(evaluate(mix)).toBeCloseTo(2 * evaluate(sigmoid) - 0.5 * evaluate(sft), 6);
  expect(evaluate(mixLosses([{ loss: sft, weight: 3 }]))).toBeCloseTo(3 * evaluate(sft), 6);
});

it("is the loss itself where there is one, of weight 1", () => {
  expect(mixLosses([{ loss: sigmoid, weight: 1 }])).toBe(sigmoid);
});

it("needs what any of them needs, and takes what all of them take", () => {
  const terms = (...rows: (typeof losses)[keyof typeof losses][]) => rows.map((loss) => ({ loss, weight: 1 }));
  expect(mixLosses(terms(sft, sigmoid))).toMatchObject({
    name: "1·sft + 1·sigmoid",
    needsReference: true,
    needsRejected: true,
    takesDivergence: true,
  });
  expect(mixLosses(terms(sft, simpo))).toMatchObject({ needsReference: false, needsRejected: true });
  expect(mixLosses(terms(sft, simpo)).takesDivergence).toBe(false);
  expect(mixLosses(terms(sft, sft)).needsRejected).toBe(false);
});

it("refuses nothing at all", () => {
  expect(() => mixLosses([])).toThrow(new RangeError("mixLosses: terms — expected at least one, got none"));
});
