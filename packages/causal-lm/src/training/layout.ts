import { float32, type HostTensor, int32 } from "@prefdelta/tfjs-onnx";
import { CausalLmError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { rotaryAngles } from "../model/rotary.ts";

/** A completion of a prompt. `mask[i]` is 1 where the token is the model's own and counts, 0 where the environment wrote it. */
export interface Completion {
  readonly ids: readonly number[];
  readonly mask: readonly number[];
}

/** One prompt with the completions that share it. */
export interface PromptRow {
  readonly prompt: readonly number[];
  readonly completions: readonly Completion[];
}

/**
 * A batch in which each prompt stands once, followed by its completions: row = [prompt | completion 0 | completion 1 | …], each
 * segment padded to the same length in all rows. A completion sees the prompt and itself; its positions go on from the prompt's end.
 */
export interface Layout {
  /** B rows of T tokens, S sequences (completions), M counted positions (padded). */
  readonly rows: number;
  readonly tokens: number;
  readonly sequences: number;
  readonly positions: number;
  /** [B·T] */
  readonly ids: Int32Array;
  /** Counted tokens of each sequence. */
  readonly counts: Int32Array;
  /** cos, sin [B, T, 1, d/2]; mask [B, 1, 1, T, T]; positions, targets [M]; select [S, M]: 1 where position m counts for sequence s. */
  readonly feeds: Readonly<Record<"cos" | "sin" | "mask" | "positions" | "targets" | "select", HostTensor>>;
  /** Equal keys mean equal shapes. */
  readonly key: string;
}

/** Added to the scores of hidden keys. Finite, so that a row of nothing but padding stays a number. */
const HIDDEN = -1e9;

/** Lengths are rounded up so that few shapes are compiled: to 16 below 128, to 64 above. */
export const roundLength = (length: number): number => {
  const step = length <= 128 ? 16 : 64;
  return Math.ceil(length / step) * step;
};

/** At most four sizes an octave: the head's shape changes seldom and wastes 12 % on average. */
function roundPositions(count: number): number {
  const step = Math.max(32, 2 ** (Math.floor(Math.log2(Math.max(1, count))) - 2));
  return Math.max(step, Math.ceil(count / step) * step);
}

function checkRows(rows: readonly PromptRow[]): void {
  rows.forEach(({ prompt, completions }, i) => {
    if (prompt.length === 0) throw new CausalLmError("E_TOKENS", `batch: row ${i} — expected a prompt, got no token`);
    completions.forEach(({ ids, mask }, j) => {
      if (ids.length === mask.length) return;
      const message = `batch: row ${i}, completion ${j} — expected a mask of ${ids.length} tokens, got ${mask.length}`;
      throw new CausalLmError("E_TOKENS", message);
    });
  });
}

/** Lets the queries [from, to) of a row's mask see the keys [visible, their own place]. */
function showCausal(mask: Float32Array, span: { base: number; width: number; from: number; to: number }): void {
  for (let query = span.from; query < span.to; query++) {
    mask.fill(0, span.base + query * span.width + span.from, span.base + query * span.width + query + 1);
  }
}

/** @throws {CausalLmError} E_TOKENS */
export function layOut(config: ModelConfig, rows: readonly PromptRow[]): Layout {
  checkRows(rows);
  const slots = Math.max(...rows.map(({ completions }) => completions.length));
  const promptLength = roundLength(Math.max(...rows.map(({ prompt }) => prompt.length)));
  const longest = Math.max(...rows.flatMap(({ completions }) => completions.map(({ ids }) => ids.length)));
  const slotLength = roundLength(longest);
  const width = promptLength + slots * slotLength;
  const count = rows.length * width;

  const ids = new Int32Array(count);
  const positionOf = new Int32Array(count);
  const mask = new Float32Array(count * width).fill(HIDDEN);
  const sequences = rows.reduce((total, { completions }) => total + completions.length, 0);
  const counts = new Int32Array(sequences);
  const predictedFrom: number[] = []; // index of the token whose hidden state predicts the target
  const targets: number[] = [];
  const owner: number[] = []; // sequence of each position

  let sequence = 0;
  rows.forEach(({ prompt, completions }, row) => {
    const start = row * width;
    const base = start * width;
    // Padding sees itself.
    for (let token = 0; token < width; token++) mask[base + token * width + token] = 0;
    ids.set(prompt, start);
    for (let i = 0; i < prompt.length; i++) positionOf[start + i] = i;
    showCausal(mask, { base, width, from: 0, to: prompt.length });
    completions.forEach((completion, slot) => {
      const offset = promptLength + slot * slotLength;
      const { length } = completion.ids;
      ids.set(completion.ids, start + offset);
      showCausal(mask, { base, width, from: offset, to: offset + length });
      for (let i = 0; i < length; i++) {
        positionOf[start + offset + i] = prompt.length + i;
        mask.fill(0, base + (offset + i) * width, base + (offset + i) * width + prompt.length);
        if (!completion.mask[i]) continue;
        predictedFrom.push(start + (i === 0 ? prompt.length - 1 : offset + i - 1));
        targets.push(completion.ids[i]!);
        owner.push(sequence);
        counts[sequence]!++;
      }
      sequence++;
    });
  });

  const positions = roundPositions(targets.length);
  const select = new Float32Array(sequences * positions);
  owner.forEach((s, m) => (select[s * positions + m] = 1));
  const padded = (values: readonly number[]): HostTensor => {
    const data = new Int32Array(positions);
    data.set(values);
    return int32([positions], data);
  };
  const { cos, sin } = rotaryAngles(config, positionOf);
  const half = config.headDim / 2;
  return {
    rows: rows.length,
    tokens: width,
    sequences,
    positions,
    ids,
    counts,
    feeds: {
      cos: float32([rows.length, width, 1, half], cos),
      sin: float32([rows.length, width, 1, half], sin),
      mask: float32([rows.length, 1, 1, width, width], mask),
      positions: padded(predictedFrom),
      targets: padded(targets),
      select: float32([sequences, positions], select),
    },
    key: `B${rows.length} T${width} S${sequences} M${positions}`,
  };
}
