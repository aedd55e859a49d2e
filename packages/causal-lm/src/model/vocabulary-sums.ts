import * as tf from "@tensorflow/tfjs-core";

/**
 * What some rows of the head E say about n positions with hidden states h: sums over their logits z = h Eᵀ, which are then gone. With m the
 * largest logit and e = exp(z − m), so that sums over other rows can be joined to them (Milakov and Gimelshein 2018, online softmax,
 * https://arxiv.org/abs/1805.02867).
 */
export interface VocabularySums {
  /** m: [n, 1] */
  readonly max: tf.Tensor;
  /** Σ e: [n, 1] */
  readonly total: tf.Tensor;
  /** Σ e (z − m): [n, 1] */
  readonly weighted: tf.Tensor;
  /** Σ e², where it is wanted: [n, 1] */
  readonly squares: tf.Tensor | undefined;
  /** Σ z: [n, 1] */
  readonly logits: tf.Tensor;
  /** Σ e E: [n, hidden] */
  readonly expected: tf.Tensor;
  /** The target's logit, and its row of E; zeros where it is none of the rows. [n, 1], [n, hidden] */
  readonly targetLogit: tf.Tensor;
  readonly targetRow: tf.Tensor;
}

/** Some positions and some rows of the head. */
export interface VocabularyInput {
  /** [n, hidden] */
  readonly hidden: tf.Tensor;
  /** [V, hidden] */
  readonly rows: tf.Tensor;
  /** Token ids, counted from the first of the rows: [n]. */
  readonly targets: tf.Tensor;
  /** Whether every target is one of the rows. */
  readonly isWhole: boolean;
  readonly needsSquares: boolean;
}

/** Logits of the targets' columns: [n, V] → [n, 1]. */
function entriesAt(logits: tf.Tensor, columns: tf.Tensor): tf.Tensor {
  const [rows, vocabulary] = logits.shape as [number, number];
  const starts = tf.tensor1d(
    Array.from({ length: rows }, (_, row) => row * vocabulary),
    "int32",
  );
  const entries = tf.gather(tf.reshape(logits, [rows * vocabulary]), tf.add(columns, starts) as tf.Tensor1D);
  return tf.expandDims(entries, -1);
}

/** The targets that are among the rows: places to read at, 0 … V − 1, and which of them count. */
function within(targets: tf.Tensor, count: number): { readonly places: tf.Tensor; readonly counts: tf.Tensor } {
  const last = tf.scalar(count - 1, "int32");
  const places = tf.minimum(tf.maximum(targets, tf.scalar(0, "int32")), last);
  return { places, counts: tf.expandDims(tf.cast(tf.equal(places, targets), "float32"), -1) };
}

export function sumVocabulary(input: VocabularyInput): VocabularySums {
  const { hidden, rows, targets, isWhole, needsSquares } = input;
  const z = tf.matMul(hidden, rows, false, true); // [n, V]
  const max = tf.max(z, -1, true);
  const shifted = tf.sub(z, max);
  const e = tf.exp(shifted);
  const { places, counts } = isWhole ? { places: targets, counts: undefined } : within(targets, rows.shape[0]!);
  const counted = (x: tf.Tensor): tf.Tensor => (counts ? tf.mul(x, counts) : x);
  return {
    max,
    total: tf.sum(e, -1, true),
    weighted: tf.sum(tf.mul(e, shifted), -1, true),
    squares: needsSquares ? tf.sum(tf.square(e), -1, true) : undefined,
    logits: tf.sum(z, -1, true),
    expected: tf.matMul(e, rows),
    targetLogit: counted(entriesAt(z, places)),
    targetRow: counted(tf.gather(rows, places as tf.Tensor1D)),
  };
}

/** Sums over the rows of both. */
export function joinSums(a: VocabularySums, b: VocabularySums): VocabularySums {
  const max = tf.maximum(a.max, b.max);
  const [downA, downB] = [tf.sub(a.max, max), tf.sub(b.max, max)]; // ≤ 0
  const [u, v] = [tf.exp(downA), tf.exp(downB)];
  const scaled = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.add(tf.mul(x, u), tf.mul(y, v));
  return {
    max,
    total: scaled(a.total, b.total),
    // z − max is z − m less what m is below max
    weighted: scaled(tf.add(a.weighted, tf.mul(a.total, downA)), tf.add(b.weighted, tf.mul(b.total, downB))),
    squares: a.squares && b.squares && tf.add(tf.mul(a.squares, tf.square(u)), tf.mul(b.squares, tf.square(v))),
    logits: tf.add(a.logits, b.logits),
    expected: scaled(a.expected, b.expected),
    targetLogit: tf.add(a.targetLogit, b.targetLogit),
    targetRow: tf.add(a.targetRow, b.targetRow),
  };
}

/** Sums of several groups of positions, one below the other. */
export function stackSums(parts: readonly VocabularySums[]): VocabularySums {
  const [first, ...others] = parts as [VocabularySums, ...VocabularySums[]];
  if (others.length === 0) return first;
  const stacked = Object.entries(first).map(([name]) => {
    const tensors = parts.map((part) => part[name as keyof VocabularySums]);
    return [name, tensors[0] && tf.concat(tensors as tf.Tensor[], 0)];
  });
  return Object.fromEntries(stacked) as VocabularySums;
}
