import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { trace } from "@prefdelta/tfjs-onnx";
import { tokenLogProbs } from "./token-log-probs.ts";
import { tokenStatistics } from "./token-statistics.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

interface Case {
  readonly hidden: tf.Tensor2D;
  readonly head: tf.Tensor2D;
  readonly targets: tf.Tensor1D;
}

const given = fc
  .record({
    positions: fc.integer({ min: 1, max: 5 }),
    vocabulary: fc.integer({ min: 2, max: 9 }),
    seed: fc.integer(),
    // Logits apart by hundreds: sums that are not taken relative to their largest would overflow.
    size: fc.constantFrom(0.5, 5, 200),
  })
  .map(({ positions, vocabulary, seed, size }): Case => {
    const ids = Array.from({ length: positions }, (_, i) => Math.abs(seed + 7 * i) % vocabulary);
    return {
      hidden: tf.randomUniform([positions, 3], -size, size, "float32", seed) as tf.Tensor2D,
      head: tf.randomUniform([vocabulary, 3], -1, 1, "float32", seed + 1) as tf.Tensor2D,
      targets: tf.tensor1d(ids, "int32"),
    };
  });

/** The head cut after the rows given, some of them nowhere or twice at the same place. */
function cut(head: tf.Tensor2D, places: readonly number[]): tf.Tensor[] {
  const [rows, width] = head.shape;
  const ends = [...new Set([...places.map((place) => 1 + (place % rows)), rows])].sort((a, b) => a - b);
  return ends.map((end, i) => tf.slice(head, [ends[i - 1] ?? 0, 0], [end - (ends[i - 1] ?? 0), width]));
}

/** The columns as their definitions have them. */
function plain({ hidden, head, targets }: Case): tf.Tensor {
  const logits = tf.matMul(hidden, head, false, true);
  const logP = tf.logSoftmax(logits);
  const own = tf.oneHot(targets, head.shape[0]);
  const logProb = tf.sum(tf.mul(logP, own), -1, true);
  const best = tf.equal(tf.sum(tf.mul(logits, own), -1, true), tf.max(logits, -1, true));
  return tf.concat(
    [
      logProb,
      tf.neg(tf.sum(tf.mul(tf.exp(logP), logP), -1, true)),
      tf.mean(logits, -1, true),
      tf.cast(best, "float32"),
      tf.sub(logProb, tf.log(tf.sum(tf.exp(tf.mul(logP, 2)), -1, true))),
    ],
    -1,
  );
}

describe("tokenStatistics", () => {
  it("by hand: logits ln 1, ln 3 and ln 4 in two blocks", () => {
    const rows = [1, 3, 4].map((weight) => [Math.log(weight)]);
    const blocks = [tf.tensor2d(rows.slice(0, 1)), tf.tensor2d(rows.slice(1))];
    const statistics = tokenStatistics({
      hidden: tf.tensor2d([[1]]),
      blocks,
      targets: tf.tensor1d([2], "int32"),
      needsRelative: true,
    });
    // p = 1/8, 3/8, 4/8; Σ p² = 26/64
    const entropy = -[1, 3, 4].reduce((sum, k) => sum + (k / 8) * Math.log(k / 8), 0);
    const expected = [Math.log(0.5), entropy, Math.log(12) / 3, 1, Math.log(0.5) - Math.log(26 / 64)];
    expect(statistics.dataSync()).toBeAllClose(expected, { rtol: 1e-5 });
  });

  it("is the same however the vocabulary is cut", () => {
    fc.assert(
      fc.property(given, fc.array(fc.nat({ max: 20 }), { maxLength: 4 }), (input, places) => {
        const blocks = cut(input.head, places);
        const statistics = tokenStatistics({ ...input, blocks, needsRelative: true });
        expect(statistics.dataSync()).toBeAllClose(plain(input).dataSync(), { rtol: 2e-4, atol: 2e-4 });
        const four = tokenStatistics({ ...input, blocks });
        expect(four.dataSync()).toEqual(tf.slice(statistics, [0, 0], [-1, 4]).dataSync());
      }),
    );
  });

  it("has the log-prob's gradient, and no other", () => {
    fc.assert(
      fc.property(given, fc.array(fc.nat({ max: 20 }), { maxLength: 4 }), (input, places) => {
        const blocks = cut(input.head, places);
        const weights = tf.tensor2d(
          input.targets.dataSync().map((id, i) => id - i + 0.5),
          [input.targets.size, 1],
        );
        const own = tf.grad((hidden: tf.Tensor) => {
          const [logProbs, others] = tf.split(tokenStatistics({ ...input, hidden, blocks }), [1, 3], 1);
          return tf.add(tf.sum(tf.mul(logProbs!, weights)), tf.sum(others!));
        })(input.hidden);
        const expected = tf.grad((hidden: tf.Tensor) =>
          tf.sum(tf.mul(tf.expandDims(tokenLogProbs({ ...input, hidden }), -1), weights)),
        )(input.hidden);
        expect(own.dataSync()).toBeAllClose(expected.dataSync(), { rtol: 1e-4, atol: 1e-4 });
      }),
    );
  });

  it("takes more positions than fit its logits in groups", () => {
    const vocabulary = 300_000; // 32 positions a group
    const rows = tf.sin(tf.range(0, vocabulary));
    const head = tf.expandDims(rows, 1) as tf.Tensor2D;
    const hidden = tf.tensor2d(Array.from({ length: 40 }, (_, i) => [i / 10]));
    const targets = tf.tensor1d(
      Array.from({ length: 40 }, (_, i) => 7000 * i),
      "int32",
    );
    const statistics = tokenStatistics({ hidden, blocks: [head], targets });
    expect(statistics.shape).toEqual([40, 4]);
    expect(tf.slice(statistics, [0, 0], [-1, 1]).dataSync()).toBeAllClose(
      tokenLogProbs({ hidden, head, targets }).dataSync(),
      { rtol: 1e-4 },
    );
  });
});

describe("tokenStatistics, recorded", () => {
  it("has a block's logits summed up before the next block's are formed", async () => {
    const shapes = { hidden: { shape: [8, 4] }, targets: { shape: [8], dtype: "int32" as const } };
    const blocks = Object.fromEntries([0, 1, 2].map((i) => [`block.${i}`, { shape: [16, 4] }]));
    const graph = trace(
      ({ hidden, targets, ...rest }) => ({
        y: tokenStatistics({ hidden: hidden!, targets: targets!, blocks: Object.values(rest) }),
      }),
      { ...shapes, ...blocks },
    );
    // What a product with one block needs of the products with the blocks before it: all that is made of them.
    const made = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const needs = (name: string, found = new Set<string>()): Set<string> => {
      for (const input of made.get(name)?.inputs ?? []) if (!found.has(input)) needs(input, found.add(input));
      return found;
    };
    // A block waits in a view of it.
    const seen = (name: string): string => (made.get(name)?.op === "Reshape" ? made.get(name)!.inputs[0]! : name);
    const logits = graph.nodes.filter(({ op, attributes }) => op === "FusedMatMul" && attributes["transB"] === 1);
    expect(logits.map(({ inputs }) => seen(inputs[1]!))).toEqual(["block.0", "block.1", "block.2"]);
    for (const [i, { inputs }] of logits.entries()) {
      const before = logits.slice(0, i).map(({ outputs }) => outputs[0]!);
      const readers = graph.nodes.filter((node) => node.inputs.some((name) => before.includes(name)));
      const needed = needs(inputs[0]!);
      for (const reader of readers) expect(needed).toContain(reader.outputs[0]);
    }
  });
});
