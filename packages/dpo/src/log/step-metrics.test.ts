import { describe, expect, it } from "vitest";
import { meanMetrics, microBatchMetrics } from "./step-metrics.ts";

const tokens = {
  logProbs: Float32Array.of(-10, -12, -30, -21),
  counts: Int32Array.of(5, 4, 10, 6),
  meanLogits: Float32Array.of(1, 2, 4, 7),
  entropy: Float32Array.of(0.5, 1, 1.5, 2),
  accuracy: Float32Array.of(0.2, 0.9, 0.8, 0.9),
};

describe("microBatchMetrics", () => {
  it("gives TRL's metrics of a batch of two pairs", () => {
    const metrics = microBatchMetrics({ loss: 0.7, tokens, reference: [-11, -12, -30, -23], sides: 2, beta: 0.5 });
    // log-ratios: 1, 0 | 0, 2
    expect(metrics).toEqual({
      loss: 0.7,
      "logps/chosen": -20,
      "logps/rejected": -16.5,
      "logits/chosen": expect.closeTo((1 * 5 + 4 * 10) / 15, 6) as number,
      "logits/rejected": expect.closeTo((2 * 4 + 7 * 6) / 10, 6) as number,
      mean_token_accuracy: expect.closeTo((0.2 * 5 + 0.8 * 10) / 15, 6) as number,
      entropy: expect.closeTo((0.5 * 5 + 1 * 4 + 1.5 * 10 + 2 * 6) / 25, 6) as number,
      "rewards/chosen": 0.25,
      "rewards/rejected": 0.5,
      "rewards/accuracies": 0.5,
      "rewards/margins": -0.25,
      "rewards_per_token/chosen": expect.closeTo(0.05, 6) as number,
      "rewards_per_token/rejected": expect.closeTo(1 / 12, 6) as number,
      "rewards_per_token/accuracies": 0.5,
      "rewards_per_token/margins": expect.closeTo(0.05 - 1 / 12, 6) as number,
    });
  });

  it("counts a tie as wrong, as TRL does at the first step", () => {
    const { logProbs } = tokens;
    const metrics = microBatchMetrics({ loss: 0.7, tokens, reference: logProbs, sides: 2, beta: 5 });
    expect(metrics).toMatchObject({ "rewards/accuracies": 0, "rewards/margins": 0 });
  });

  it("leaves out what a loss without rejected answers and reference has not", () => {
    const metrics = microBatchMetrics({ loss: 2, tokens, reference: undefined, sides: 1, beta: 1 });
    expect(Object.keys(metrics).toSorted()).toEqual([
      "entropy",
      "logits/chosen",
      "logps/chosen",
      "loss",
      "mean_token_accuracy",
    ]);
    expect(metrics["logps/chosen"]).toBe((-10 - 12 - 30 - 21) / 4);
  });
});

it("takes the mean log-prob for the reward where there is no reference", () => {
  const metrics = microBatchMetrics({ loss: 0.7, tokens, reference: undefined, sides: 2, beta: 2 });
  expect(metrics).toMatchObject({
    "rewards/chosen": (2 * (-10 / 5 - 30 / 10)) / 2,
    "rewards/rejected": (2 * (-12 / 4 - 21 / 6)) / 2,
    "rewards/accuracies": 1,
  });
  expect(Object.keys(metrics).filter((name) => name.startsWith("rewards_per_token"))).toEqual([]);
});

it("meanMetrics weighs micro-batches alike", () => {
  expect(
    meanMetrics([
      { loss: 1, x: 4 },
      { loss: 3, x: 0 },
    ]),
  ).toEqual({ loss: 2, x: 2 });
});
