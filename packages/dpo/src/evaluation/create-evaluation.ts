import { type CausalLm, type Loss, type LoraWeights, score, type TokenStatistics } from "@prefdelta/causal-lm";
import type * as tf from "@tensorflow/tfjs-core";
import { batchRows } from "../data/batch-rows.ts";
import type { PairList } from "../data/pair-list.ts";
import { meanMetrics, microBatchMetrics } from "../log/step-metrics.ts";
import { REFERENCE } from "../losses/create-loss.ts";

interface EvaluationInputs {
  readonly lm: CausalLm;
  readonly loss: Loss;
  readonly needsRejected: boolean;
  readonly beta: number;
  readonly pairs: PairList;
  /** log π_ref of every sequence, pair by pair, where the loss has a reference. */
  readonly reference: Float64Array | undefined;
  readonly batchSize: number;
}

/** The metrics of a LoRA on the pairs set aside. */
export type Evaluate = (lora: LoraWeights) => Promise<Record<string, number>>;

/** The loss alone of a batch whose sequences were scored. */
async function lossOf(lm: CausalLm, loss: Loss, batch: Batch): Promise<number> {
  const sequences = batch.tokens.counts.length;
  const shape = [sequences];
  const names = ["sums", "counts", ...loss.extras];
  const step = await lm.steps.get(`loss ${loss.key} S${sequences}`, () =>
    lm.runtime.compile(
      (tensors) => {
        const { loss: value } = loss.compute({
          sums: tensors["sums"] as tf.Tensor1D,
          counts: tensors["counts"] as tf.Tensor1D,
          extras: tensors as Record<string, tf.Tensor1D>,
        });
        return { value };
      },
      Object.fromEntries(names.map((name) => [name, { shape }])),
    ),
  );
  const values: Record<string, ArrayLike<number>> = {
    sums: batch.tokens.logProbs,
    counts: batch.tokens.counts,
    [REFERENCE]: batch.reference ?? [],
  };
  const feeds = names.map(
    (name) => [name, { dtype: "float32", shape, data: Float32Array.from(values[name]!) }] as const,
  );
  const { value } = await step.run(Object.fromEntries(feeds));
  return value!.data[0]!;
}

interface Batch {
  readonly tokens: TokenStatistics;
  readonly reference: Float64Array | undefined;
}

/** Some sequences' share of the statistics. */
const slice = (tokens: TokenStatistics, from: number, to: number): TokenStatistics => ({
  logProbs: tokens.logProbs.slice(from, to),
  counts: tokens.counts.slice(from, to),
  meanLogits: tokens.meanLogits.slice(from, to),
  entropy: tokens.entropy.slice(from, to),
  accuracy: tokens.accuracy.slice(from, to),
});

/** Pairs scored together, rounded up to whole batches: as many as are in memory. */
const SCORED_PAIRS = 4096;

/**
 * Measures a LoRA on pairs that it does not learn from: TRL's metrics with `eval_` before their names, means over batches, the loss over pairs,
 * as transformers has them. Nothing is differentiated.
 */
export function createEvaluation(inputs: EvaluationInputs): Evaluate {
  const { lm, loss, needsRejected, beta, pairs, reference, batchSize } = inputs;
  const sides = needsRejected ? 2 : 1;
  const together = Math.ceil(SCORED_PAIRS / batchSize) * batchSize;
  return async (lora) => {
    const batches: Record<string, number>[] = [];
    let lossOverPairs = 0;
    for (let first = 0; first < pairs.length; first += together) {
      const rows = batchRows(await pairs.slice(first, first + together), needsRejected);
      const tokens = await score(lm, rows, { lora });
      for (let start = 0; start < rows.length; start += batchSize) {
        const end = Math.min(start + batchSize, rows.length);
        const batch = {
          tokens: slice(tokens, start * sides, end * sides),
          reference: reference?.slice((first + start) * sides, (first + end) * sides),
        };
        const value = await lossOf(lm, loss, batch);
        lossOverPairs += value * (end - start);
        batches.push(microBatchMetrics({ ...batch, loss: value, sides, beta }));
      }
    }
    const metrics = { ...meanMetrics(batches), loss: lossOverPairs / pairs.length };
    return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]));
  };
}
