import "@tensorflow/tfjs"; // the gradients
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createLoss } from "./create-loss.ts";
import type { DpoLoss, LossOptions } from "./dpo-loss.ts";
import { type LossName, lossNames, losses } from "./losses.ts";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

// Two pairs; sequences chosen, rejected, chosen, rejected.
const sums = [-10, -12, -30, -20];
const counts = [5, 4, 10, 0]; // a sequence without tokens is divided by 1
const reference = [-11, -11, -29, -21];

function evaluate(row: DpoLoss, options: Partial<LossOptions> & { beta: number }): number {
  const all = { sums, counts, reference };
  const of = (values: readonly number[]): tf.Tensor1D =>
    tf.tensor1d(row.needsRejected ? [...values] : values.filter((_, s) => s % 2 === 0));
  const { loss } = createLoss(row, options).compute({
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
  // Log-ratios r⁺, r⁻: 1, −1 and −1, 1. Margins: 2 and −2; by token 1/5 + 1/4 and −1/10 − 1.
  const byToken = [1 / 5 + 1 / 4, -1 / 10 - 1] as const;
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const cross = (x: number, epsilon: number): number =>
    (1 - epsilon) * negativeLogSigmoid(x) + epsilon * negativeLogSigmoid(-x);
  /** KL of (σ(x), σ(−x)) to (1 − ε, ε). */
  const divergence = (x: number, epsilon: number): number =>
    sigmoid(x) * Math.log(sigmoid(x) / (1 - epsilon)) + sigmoid(-x) * Math.log(sigmoid(-x) / epsilon);
  const discovered = (x: number, gate: number): number => negativeLogSigmoid(x) * (1 - gate) + Math.exp(-x) * gate;
  /** log (p / (1 − p)) of a mean log-prob. */
  const logOdds = (mean: number): number => mean - Math.log(1 - Math.exp(mean));
  const mean = (first: number, second: number): number => (first + second) / 2;

  const cases: [LossName, number, Partial<LossOptions>, number][] = [
    ["hinge", 0.25, {}, mean(1 - 0.5, 1 + 0.5)],
    ["hinge", 1, {}, mean(0, 3)],
    ["ipo", 5, {}, mean((byToken[0] - 0.1) ** 2, (byToken[1] - 0.1) ** 2)],
    ["exo_pair", 0.5, { labelSmoothing: 0.1 }, mean(divergence(1, 0.1), divergence(-1, 0.1))],
    [
      "nca_pair",
      0.5,
      {},
      mean(
        negativeLogSigmoid(0.5) + 0.5 * negativeLogSigmoid(-0.5) + 0.5 * negativeLogSigmoid(0.5),
        negativeLogSigmoid(-0.5) + 0.5 * negativeLogSigmoid(0.5) + 0.5 * negativeLogSigmoid(-0.5),
      ),
    ],
    [
      "robust",
      0.5,
      { labelSmoothing: 0.2 },
      // The flipped label's part is taken away: what flips put in, on average, is gone.
      mean(
        (0.8 * negativeLogSigmoid(1) - 0.2 * negativeLogSigmoid(-1)) / 0.6,
        (0.8 * negativeLogSigmoid(-1) - 0.2 * negativeLogSigmoid(1)) / 0.6,
      ),
    ],
    ["bco_pair", 0.5, {}, mean(2 * negativeLogSigmoid(0.5), 2 * negativeLogSigmoid(-0.5))],
    ["sppo_hard", 0.5, {}, mean(0, 8)], // targets 1 and −1
    // Policy margins 2 and −10, the reference's 0 and −8, each from least to greatest: −10 to −8 and 2 to 0.
    ["aot", 0.5, { labelSmoothing: 0.3 }, mean(cross(-1, 0.3), cross(1, 0.3))],
    // Chosen log-ratios −1, 1 against rejected ones −1, 1.
    ["aot_unpaired", 0.5, {}, Math.LN2],
    ["apo_zero", 0.5, {}, mean(2 * sigmoid(-0.5), 2 * sigmoid(0.5))],
    ["apo_down", 0.5, {}, mean(sigmoid(0.5) + sigmoid(-1), sigmoid(-0.5) + sigmoid(1))],
    ["discopop", 0.5, { discopopTau: 0.5 }, mean(discovered(1, sigmoid(2)), discovered(-1, sigmoid(-2)))],
    // Mean log-probs −2, −3 and −3, −20.
    ["simpo", 2, { simpoGamma: 0.5 }, mean(negativeLogSigmoid(2 - 0.5), negativeLogSigmoid(34 - 0.5))],
    [
      "orpo",
      0.3,
      {},
      40 / 15 +
        0.3 * mean(negativeLogSigmoid(logOdds(-2) - logOdds(-3)), negativeLogSigmoid(logOdds(-3) - logOdds(-20))),
    ],
    ["sigmoid", 0.5, {}, mean(negativeLogSigmoid(1), negativeLogSigmoid(-1))],
    ["sigmoid_norm", 5, {}, mean(negativeLogSigmoid(5 * byToken[0]), negativeLogSigmoid(5 * byToken[1]))],
    // Over the batch's chosen tokens.
    ["sft", 1, {}, (10 + 30) / (5 + 10)],
  ];

  it.each(cases)("%s at β %d, %j", (...[name, beta, options, expected]) => {
    expect(evaluate(losses[name], { beta, ...options })).toBeCloseTo(expected, 5);
  });

  it("is done for every loss", () => {
    expect(new Set(cases.map(([name]) => name))).toEqual(new Set(lossNames));
  });

  it("WPO: pairs weigh as both answers are likely among what the policy could have said", () => {
    // Mean relative log-probs by token: −1 and −0.5; −0.2 and, of a sequence without tokens, 0.
    const batch = {
      sums: tf.tensor1d(sums),
      counts: tf.tensor1d(counts),
      extras: { reference: tf.tensor1d(reference) },
    };
    const { loss } = createLoss(losses.sigmoid, { beta: 0.5, weighting: true }).compute({
      ...batch,
      relative: tf.tensor1d([-5, -2, -2, 0]),
    });
    const expected = mean(Math.exp(-1.5) * negativeLogSigmoid(1), Math.exp(-0.2) * negativeLogSigmoid(-1));
    expect(loss.dataSync()[0]).toBeCloseTo(expected, 6);
  });
});

describe("properties", () => {
  it.each(["sigmoid", "sigmoid_norm"] as const)("%s is log 2 where policy and reference agree", (name) => {
    const same = tf.tensor1d(sums);
    const batch = { sums: same, counts: tf.tensor1d(counts), extras: { reference: same } };
    expect(createLoss(losses[name], { beta: 3 }).compute(batch).loss.dataSync()[0]).toBeCloseTo(Math.LN2, 6);
  });

  /** Away from the hinge's kink and from ties, which a sorted loss may break either way. */
  function isSmooth(at: readonly number[], from: readonly number[], beta: number): boolean {
    const [a, b, c, d] = at.map((x, i) => x - from[i]!) as [number, number, number, number];
    const apart = [a - c, b - d, at[0]! - at[1]! - at[2]! + at[3]!, from[0]! - from[1]! - from[2]! + from[3]!];
    return [...apart, beta * (a - b) - 1, beta * (c - d) - 1].every((distance) => Math.abs(distance) > 0.1);
  }

  const pairwise = lossNames.filter((name) => losses[name].needsRejected);
  it.each(pairwise)("%s has the gradient of its differences", (name) => {
    const value = fc.double({ min: -12, max: -0.5, noNaN: true });
    const quadruple = fc.tuple(value, value, value, value);
    const beta = 0.3;
    fc.assert(
      fc.property(quadruple, quadruple, (at, from) => {
        fc.pre(isSmooth(at, from, beta));
        const loss = createLoss(losses[name], { beta, labelSmoothing: 0.1, discopopTau: 1 });
        const extras = { reference: tf.tensor1d(from) };
        const lossAt = (x: tf.Tensor): tf.Scalar =>
          loss.compute({ sums: x as tf.Tensor1D, counts: tf.tensor1d([3, 2, 1, 4]), extras }).loss;
        const gradient = tf.grad(lossAt)(tf.tensor1d(at)).dataSync();
        const step = 0.02; // float32: a smaller step drowns in rounding
        const differences = at.map((_, i) => {
          const moved = (by: number): number =>
            lossAt(tf.tensor1d(at.map((x, j) => (j === i ? x + by : x)))).dataSync()[0]!;
          return (moved(step) - moved(-step)) / (2 * step);
        });
        const size = Math.max(1, ...gradient.map(Math.abs));
        expect(gradient).toBeAllClose(differences, { rtol: 3e-3, atol: 1e-3 * size });
      }),
      { numRuns: 15 },
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
