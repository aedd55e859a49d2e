import type { ModelConfig } from "./config.ts";

/** Rows of the head that are in float32 at once: 32 MB of hidden states of 1024 numbers. */
const ROWS = 8192;

/** Some rows of the matrix that turns hidden states into logits. */
export interface HeadBlock {
  /** Among the weights in memory, and among a step's inputs. */
  readonly name: string;
  readonly start: number;
  readonly rows: number;
}

/** The head, block after block: steps take it so, for none of them to widen it whole or to hold all logits. */
export const headBlocks = ({ vocabSize }: Pick<ModelConfig, "vocabSize">): HeadBlock[] =>
  Array.from({ length: Math.ceil(vocabSize / ROWS) }, (_, i) => ({
    name: `head.${i}`,
    start: i * ROWS,
    rows: Math.min(ROWS, vocabSize - i * ROWS),
  }));
