import { decoder, finalNorm, rotaryAngles, tokenLogProbs } from "@prefdelta/causal-lm";
import type { ModelConfig } from "@prefdelta/causal-lm";
import { compile, float32, int32 } from "@prefdelta/tfjs-onnx";
import type { HostTensor } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import type { Weight } from "./initial-weights.ts";
import type { PackedBatch } from "./pack-rows.ts";

export interface TrainingStep {
  /** Mean negative log-likelihood of the tokens that have a successor, in nats, and its gradient in every weight. */
  run(batch: PackedBatch): Promise<{ readonly loss: number; readonly gradients: ReadonlyMap<string, Float32Array> }>;
  release(): Promise<void>;
}

const embedding = "model.embed_tokens.weight";
/** Far below any attention score, and finite: a padding token sees itself only. */
const hidden = -1e9;

/**
 * Next-token prediction over packed rows, forward and backward in one compiled graph.
 * The weights are read in place at every run, so an optimiser may change their values between runs.
 */
export async function createTrainingStep(
  config: ModelConfig,
  weights: ReadonlyMap<string, Weight>,
  { rows, length, threads }: { readonly rows: number; readonly length: number; readonly threads?: number },
): Promise<TrainingStep> {
  const tokens = rows * length;
  const names = [...weights.keys()];
  const angles = rotaryAngles(
    config,
    Array.from({ length: tokens }, (_, i) => i % length),
  );
  const angleShape = [rows, length, 1, config.headDim / 2];
  const constants: Record<string, HostTensor> = {
    cos: float32(angleShape, angles.cos),
    sin: float32(angleShape, angles.sin),
    ...Object.fromEntries(Array.from(weights, ([name, { shape, values }]) => [name, float32(shape, values)])),
  };

  function lossAndGradients(inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
    const input = (name: string): tf.Tensor => known(inputs, name);
    const loss = (...values: tf.Tensor[]): tf.Scalar => {
      const byName = new Map(names.map((name, i) => [name, values[i]]));
      const weight = (name: string): tf.Tensor => byName.get(name) ?? known(inputs, name);
      const shared = { config, weight };
      const embedded = tf.gather(weight(embedding), input("ids") as tf.Tensor1D);
      const context = { rows, embedded, cos: input("cos"), sin: input("sin"), mask: input("mask") };
      const last = finalNorm(shared, decoder({ ...shared, ...context }).hidden);
      const logProbs = tokenLogProbs({ hidden: last, head: weight(embedding), targets: input("targets") });
      return tf.neg(tf.sum(tf.mul(logProbs, input("weights")))) as tf.Scalar;
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map(input));
    return { loss: value, ...Object.fromEntries(names.map((name, i) => [`gradient.${name}`, grads[i] as tf.Tensor])) };
  }

  const session = await compile(
    lossAndGradients,
    {
      ...Object.fromEntries(Object.entries(constants).map(([name, { shape }]) => [name, { shape }])),
      ids: { shape: [tokens], dtype: "int32" },
      targets: { shape: [tokens], dtype: "int32" },
      weights: { shape: [tokens] },
      mask: { shape: [rows, 1, 1, length, length] },
    },
    threads === undefined ? {} : { threads },
  );
  return {
    async run(batch) {
      const counted = batch.weights.reduce((sum, weight) => sum + weight, 0);
      const outputs = await session.run({
        ...constants,
        ids: int32([tokens], batch.ids),
        targets: int32([tokens], batch.targets),
        // Scaled here, so that the graph's sum is the mean.
        weights: float32(
          [tokens],
          batch.weights.map((weight) => weight / counted),
        ),
        mask: float32([rows, 1, 1, length, length], documentMask(batch)),
      });
      const values = (name: string): Float32Array => known(outputs, name).data as Float32Array;
      return {
        loss: values("loss")[0] ?? Number.NaN,
        gradients: new Map(names.map((name) => [name, values(`gradient.${name}`)])),
      };
    },
    release: () => session.release(),
  };
}

/** [rows · length · length] 0 where a token may look: at itself and at earlier tokens of its document. */
export function documentMask({ rows, length, documents }: PackedBatch): Float32Array {
  const mask = new Float32Array(rows * length * length).fill(hidden);
  for (let token = 0; token < rows * length; token++) {
    const start = token - (token % length);
    for (let seen = token; seen >= start && documents[seen] === documents[token]; seen--) {
      mask[token * length + (seen - start)] = 0;
    }
  }
  return mask;
}

function known<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new RangeError(`createTrainingStep: no tensor "${name}"`);
  return value;
}
