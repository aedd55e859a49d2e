import * as tf from "@tensorflow/tfjs-core";
import { TOKEN_COLUMNS } from "../model/token-statistics.ts";

/** What a batch's sequences look like, one entry each. */
export interface TokenStatistics {
  /** Sum of log p over the counted tokens, nats, by weight where the completion has weights: [S]. */
  readonly logProbs: Float32Array;
  /** Counted tokens: [S]. */
  readonly counts: Int32Array;
  /** Mean logit over the counted tokens and the vocabulary: [S]. */
  readonly meanLogits: Float32Array;
  /** Mean entropy of the counted tokens' distributions, nats: [S]. */
  readonly entropy: Float32Array;
  /** Share of the counted tokens that are the most likely one: [S]. */
  readonly accuracy: Float32Array;
}

interface Selection {
  /** [S, M]: 1 where position m counts for sequence s. */
  readonly select: tf.Tensor;
  /** [S, M]: what its log-prob counts there, if not 1. */
  readonly weights?: tf.Tensor | undefined;
}

/** Sums of each column of the token statistics [M, 4 or more] over the positions of each sequence, the log-probs by weight: [S, the same]. */
export function sumBySequence({ select, weights }: Selection, statistics: tf.Tensor): tf.Tensor {
  const sums = tf.matMul(select, statistics);
  if (!weights) return sums;
  const logProbs = tf.matMul(weights, tf.slice(statistics, [0, 0], [-1, 1]));
  return tf.concat([logProbs, tf.slice(sums, [0, 1], [-1, -1])], 1);
}

/** Reads sums [S, 4], columns as TOKEN_COLUMNS. A sequence without counted tokens has log-prob 0 and means 0. */
export function readStatistics(sums: Float32Array, counts: Int32Array): TokenStatistics {
  const width = TOKEN_COLUMNS.length;
  const total = (name: (typeof TOKEN_COLUMNS)[number]): Float32Array =>
    Float32Array.from(counts, (_, s) => sums[s * width + TOKEN_COLUMNS.indexOf(name)]!);
  const mean = (name: (typeof TOKEN_COLUMNS)[number]): Float32Array =>
    total(name).map((sum, s) => sum / Math.max(1, counts[s]!));
  return {
    logProbs: total("logProb"),
    entropy: mean("entropy"),
    meanLogits: mean("meanLogit"),
    accuracy: mean("isArgmax"),
    counts,
  };
}
