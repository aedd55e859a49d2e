import { after } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { joinSums, stackSums, sumVocabulary, type VocabularySums } from "./vocabulary-sums.ts";

/** What one position of the head says about its target, one row a position. */
export const TOKEN_COLUMNS = ["logProb", "entropy", "meanLogit", "isArgmax"] as const;

interface StatisticsInput {
  /** Hidden states after the final norm: [M, hidden]. */
  readonly hidden: tf.Tensor;
  /** The head's rows, block after block (head-blocks.ts): [V, hidden] each. */
  readonly blocks: readonly tf.Tensor[];
  /** Token ids: [M]. */
  readonly targets: tf.Tensor;
  /** Whether a fifth column is wanted: log p(target) − log Σᵥ p(v)². */
  readonly needsRelative?: boolean | undefined;
}

/** Logits that are in memory at once, for a block: some 40 MB. */
const LOGITS = 9.6e6;

/** How many positions' logits are in memory at once, for a block of so many rows. */
export const positionsTogether = (rows: number): number => Math.max(32, Math.round(LOGITS / rows));

/** One block's sums for all positions, group of positions after group. */
function sumBlock(block: tf.Tensor, first: number, input: StatisticsInput): VocabularySums {
  const { hidden, blocks, targets, needsRelative = false } = input;
  const [positions, width] = hidden.shape as [number, number];
  const size = positionsTogether(block.shape[0]!);
  const parts: VocabularySums[] = [];
  for (let start = 0; start < positions; start += size) {
    const count = Math.min(size, positions - start);
    const own = tf.slice(targets, [start], [count]);
    parts.push(
      sumVocabulary({
        hidden: tf.slice(hidden, [start, 0], [count, width]),
        rows: block,
        targets: first === 0 ? own : tf.sub(own, tf.scalar(first, "int32")),
        isWhole: blocks.length === 1,
        needsSquares: needsRelative,
      }),
    );
  }
  return stackSums(parts);
}

/** Sums over the whole vocabulary, block after block: a block's float32 form and its logits are gone before the next one's are there. */
function sumBlocks(input: StatisticsInput): VocabularySums {
  let sums: VocabularySums | undefined;
  let first = 0;
  for (const block of input.blocks) {
    const known = Object.values(sums ?? {}).filter((tensor) => tensor !== undefined);
    const hidden = after(input.hidden, known);
    const own = sumBlock(after(block, known), first, { ...input, hidden });
    sums = sums ? joinSums(sums, own) : own;
    first += block.shape[0]!;
  }
  return sums!;
}

/** [M, 4], columns as TOKEN_COLUMNS; [M, 5] with the relative log-prob. */
function columnsOf(
  { max, total, weighted, squares, logits, targetLogit }: VocabularySums,
  vocabulary: number,
): tf.Tensor {
  const logTotal = tf.log(total);
  const logProb = tf.sub(targetLogit, tf.add(max, logTotal));
  // H = log Z − Σ p·(z − max)
  const entropy = tf.sub(logTotal, tf.div(weighted, total));
  const isArgmax = tf.cast(tf.equal(targetLogit, max), "float32");
  const columns = [logProb, entropy, tf.div(logits, vocabulary), isArgmax];
  // log Σ p² = log Σ exp(2 (z − max)) − 2 log Z
  if (squares) columns.push(tf.sub(logProb, tf.sub(tf.log(squares), tf.mul(logTotal, 2))));
  return tf.concat(columns, -1);
}

/**
 * Statistics of every position, [M, 4] with columns TOKEN_COLUMNS (and the relative log-prob, if it is wanted), for a frozen head. Only the
 * log-prob has a gradient, and only towards the hidden states, E[target] − softmax(logits) E: it is formed beside the logits.
 */
export function tokenStatistics(input: StatisticsInput): tf.Tensor {
  const vocabulary = input.blocks.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const differentiable = tf.customGrad((...args) => {
    const [hidden, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const sums = sumBlocks({ ...input, hidden });
    save([tf.sub(sums.targetRow, tf.div(sums.expected, sums.total))]);
    return {
      value: columnsOf(sums, vocabulary),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const perPosition = tf.slice(dy, [0, 0], [dy.shape[0]!, 1]); // column logProb
        return tf.mul(saved[0]!, perPosition);
      },
    };
  });
  return differentiable(input.hidden);
}
