import * as tf from "@tensorflow/tfjs-core";

/** What one position of the head says about its target, one row a position. */
export const TOKEN_COLUMNS = ["logProb", "entropy", "meanLogit", "isArgmax"] as const;

export interface HeadInput {
  /** Hidden states after the final norm: [M, hidden]. */
  readonly hidden: tf.Tensor;
  /** [vocab, hidden] */
  readonly head: tf.Tensor;
  /** Token ids: [M]. */
  readonly targets: tf.Tensor;
}

/** log Σ exp over the last axis, with softmax as its gradient: [M, V] → [M]. */
function logSumExp(logits: tf.Tensor): tf.Tensor {
  const stable = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const max = tf.max(logits, -1, true);
    const value = tf.add(max, tf.log(tf.sum(tf.exp(tf.sub(logits, max)), -1, true)));
    save([logits, value]);
    return {
      value: tf.squeeze(value, [-1]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logits, value] = saved as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.exp(tf.sub(logits, value)), tf.expandDims(dy, -1));
      },
    };
  });
  return stable(logits);
}

/** log p(target) at every position, differentiable in the hidden states and the head: [M]. The target's logit is a dot product of two rows. */
export function tokenLogProbs({ hidden, head, targets }: HeadInput): tf.Tensor {
  const targetLogit = tf.sum(tf.mul(hidden, tf.gather(head, targets as tf.Tensor1D)), -1);
  return tf.sub(targetLogit, logSumExp(tf.matMul(hidden, head, false, true)));
}

/** Rows of the head computed at once: their logits take about 40 MB, whatever the vocabulary. */
const headChunk = (vocabulary: number): number => Math.max(32, Math.round(9.6e6 / vocabulary));

interface StatisticsInput extends HeadInput {
  /** Whether a fifth column is wanted: log p(target) − log Σᵥ p(v)². */
  readonly needsRelative?: boolean | undefined;
}

interface Chunk {
  /** [n, 4], columns as TOKEN_COLUMNS; [n, 5] with the relative log-prob. */
  readonly statistics: tf.Tensor;
  /** ∂ log p(target) / ∂ hidden = E[target] − softmax(logits) E: [n, hidden]. */
  readonly gradient: tf.Tensor;
}

/** The target's entry of each row: [n, V] → [n, 1]. */
function atTargets(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const [rows, vocabulary] = logits.shape as [number, number];
  const starts = tf.tensor1d(
    Array.from({ length: rows }, (_, row) => row * vocabulary),
    "int32",
  );
  const entries = tf.gather(tf.reshape(logits, [rows * vocabulary]), tf.add(targets, starts) as tf.Tensor1D);
  return tf.expandDims(entries, -1);
}

function headOfChunk({ hidden, head, targets, needsRelative }: StatisticsInput): Chunk {
  const targetRows = tf.gather(head, targets as tf.Tensor1D);
  const logits = tf.matMul(hidden, head, false, true); // [n, V]
  const max = tf.max(logits, -1, true);
  const shifted = tf.sub(logits, max);
  const exps = tf.exp(shifted);
  const total = tf.sum(exps, -1, true); // [n, 1]
  const logTotal = tf.log(total);
  const targetLogit = atTargets(logits, targets); // [n, 1]
  const logProb = tf.sub(targetLogit, tf.add(max, logTotal));
  // H = log Z − Σ p·(z − max)
  const entropy = tf.sub(logTotal, tf.div(tf.sum(tf.mul(exps, shifted), -1, true), total));
  const isArgmax = tf.cast(tf.equal(targetLogit, max), "float32");
  const columns = [logProb, entropy, tf.mean(logits, -1, true), isArgmax];
  if (needsRelative) {
    // log Σ p² = log Σ exp(2 (z − max)) − 2 log Z
    const logSquares = tf.sub(tf.log(tf.sum(tf.square(exps), -1, true)), tf.mul(logTotal, 2));
    columns.push(tf.sub(logProb, logSquares));
  }
  return {
    statistics: tf.concat(columns, -1),
    gradient: tf.sub(targetRows, tf.div(tf.matMul(exps, head), total)),
  };
}

function inChunks({ hidden, head, targets, needsRelative }: StatisticsInput): Chunk[] {
  const [positions, width] = hidden.shape as [number, number];
  const size = headChunk(head.shape[0]!);
  const chunks: Chunk[] = [];
  for (let start = 0; start < positions; start += size) {
    const rows = Math.min(size, positions - start);
    const part = {
      hidden: tf.slice(hidden, [start, 0], [rows, width]),
      head,
      targets: tf.slice(targets, [start], [rows]),
      needsRelative,
    };
    chunks.push(headOfChunk(part));
  }
  return chunks;
}

const stack = (parts: tf.Tensor[]): tf.Tensor => (parts.length === 1 ? parts[0]! : tf.concat(parts, 0));

/**
 * Statistics of every position, [M, 4] with columns TOKEN_COLUMNS (and the relative log-prob, if it is wanted), for a frozen head. Only the log-prob has a gradient, and only towards
 * the hidden states: it is formed chunk by chunk beside the logits, which are then gone.
 */
export function tokenStatistics(input: StatisticsInput): tf.Tensor {
  const differentiable = tf.customGrad((...args) => {
    const [hidden, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const chunks = inChunks({ ...input, hidden });
    save([stack(chunks.map(({ gradient }) => gradient))]);
    return {
      value: stack(chunks.map(({ statistics }) => statistics)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const perPosition = tf.slice(dy, [0, 0], [dy.shape[0]!, 1]); // column logProb
        return tf.mul(saved[0]!, perPosition);
      },
    };
  });
  return differentiable(input.hidden);
}
