import { parseModelConfig } from "@prefdelta/causal-lm";
import { createRandom, normal } from "@prefdelta/random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createUpdateWeights } from "./update-weights.ts";
import type { Weight } from "./initial-weights.ts";
import { initialWeights } from "./initial-weights.ts";
import type { Shape } from "./ladder.ts";
import { modelConfig } from "./model-config.ts";
import type { PackedBatch } from "./pack-rows.ts";
import { packRows } from "./pack-rows.ts";
import type { TrainingStep } from "./training-step.ts";
import { createTrainingStep, documentMask } from "./training-step.ts";

const shape: Shape = { hiddenSize: 8, layers: 2, heads: 2, keyValueHeads: 1, headSize: 4, feedForwardSize: 12 };
const rows = 2;
const length = 8;

/** One batch in which each list of documents is a row. */
function pack(...rowsOfDocuments: readonly (readonly number[][])[]): PackedBatch {
  const size = rows * length;
  const batch: PackedBatch = {
    rows,
    length,
    ids: new Int32Array(size),
    targets: new Int32Array(size),
    weights: new Float32Array(size),
    documents: new Int32Array(size),
  };
  rowsOfDocuments.forEach((documents, row) => {
    let at = row * length;
    documents.forEach((document, i) => {
      batch.ids.set(document, at);
      batch.targets.set(document.slice(1), at);
      batch.weights.fill(1, at, at + document.length - 1);
      batch.documents.fill(i + 1, at, at + document.length);
      at += document.length;
    });
  });
  return batch;
}

test("a token sees itself and earlier tokens of its own document", () => {
  const mask = documentMask(
    pack(
      [
        [5, 6],
        [7, 8, 9],
      ],
      [],
    ),
  );
  const seen = Array.from({ length: 5 }, (_, token) =>
    Array.from({ length }, (_, other) => (mask[token * length + other] === 0 ? other : -1)).filter(
      (other) => other >= 0,
    ),
  );
  expect(seen).toEqual([[0], [0, 1], [2], [2, 3], [2, 3, 4]]);
});

describe("a small model", () => {
  let weights: Map<string, Weight>;
  let step: TrainingStep;
  beforeAll(async () => {
    // Ten times the usual deviation, so that every gradient is well above rounding.
    weights = initialWeights(shape, createRandom(3));
    for (const { shape, values } of weights.values()) {
      if (shape.length > 1) values.forEach((value, i) => (values[i] = 10 * value));
    }
    step = await createTrainingStep(parseModelConfig(modelConfig(shape)), weights, { rows, length, threads: 1 });
  });
  afterAll(() => step.release());

  test("a document's loss does not depend on what shares its row", async () => {
    const [a, b] = [
      [1, 20, 30, 40],
      [2, 50, 60],
    ];
    const together = await step.run(pack([a, b], []));
    const apart = await step.run(pack([a], [b]));
    expect([together.loss]).toBeAllClose([apart.loss], { rtol: 1e-5 });
    const swapped = await step.run(pack([b, a], []));
    expect([together.loss]).toBeAllClose([swapped.loss], { rtol: 1e-5 });
    for (const [name, gradient] of apart.gradients) {
      expect(together.gradients.get(name)).toBeAllClose(gradient, { rtol: 1e-3, atol: 1e-5 });
    }
  });

  test("the gradient of every weight is the slope of the loss", async () => {
    const batch = pack(
      [[1, 20, 30, 40, 20, 30]],
      [
        [2, 50, 60],
        [1, 20, 50],
      ],
    );
    const { gradients } = await step.run(batch);
    expect([...gradients.keys()]).toEqual([...weights.keys()]);
    const epsilon = 4e-3;
    for (const [name, { values }] of weights) {
      const random = createRandom("direction").fork(name);
      const gradient = gradients.get(name) ?? new Float32Array();
      // Half along the gradient, half at random: large enough to measure, and not only along the gradient's own claim.
      const norm = Math.hypot(...gradient);
      const direction = Float32Array.from(gradient, (g) => g / norm + normal(random) / Math.sqrt(gradient.length));
      const original = values.slice();
      const lossAt = async (shift: number): Promise<number> => {
        values.forEach((_, i) => (values[i] = (original[i] ?? 0) + shift * (direction[i] ?? 0)));
        return (await step.run(batch)).loss;
      };
      const slope = ((await lossAt(epsilon)) - (await lossAt(-epsilon))) / (2 * epsilon);
      values.set(original);
      const expected = gradient.reduce((sum, g, i) => sum + g * (direction[i] ?? 0), 0);
      expect([slope], name).toBeAllClose([expected], { rtol: 0.02, atol: 3e-4 });
    }
  });
});

test("training learns a repeated document, and twice the same way", async () => {
  const run = async (): Promise<{ losses: number[]; weights: Map<string, Weight> }> => {
    const weights = initialWeights(shape, createRandom(1));
    const config = parseModelConfig(modelConfig(shape));
    const step = await createTrainingStep(config, weights, { rows, length, threads: 1 });
    const update = createUpdateWeights(weights);
    const documents = (function* (): Generator<readonly number[], never> {
      for (;;) yield [1, 20, 30, 40];
    })();
    const batches = packRows(documents, { rows, length });
    const losses: number[] = [];
    for (let i = 0; i < 40; i++) {
      const { loss, gradients } = await step.run(batches.next().value);
      losses.push(loss);
      update(gradients, 0.02);
    }
    await step.release();
    return { losses, weights };
  };
  const first = await run();
  // An untrained model is as good as a guess among 1,024.
  expect(first.losses.slice(0, 1)).toBeAllClose([Math.log(1024)], { rtol: 0.02 });
  expect(first.losses.at(-1)).toBeLessThan(0.5);
  expect(await run()).toEqual(first);
});
