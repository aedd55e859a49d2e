import { float32, type HostTensor, int32 } from "@prefdelta/tfjs-onnx";
import { CausalLmError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { rotaryAngles } from "../model/rotary.ts";

/** A completion of a prompt. `mask[i]` is 1 where the token is the model's own and counts, 0 where the environment wrote it. */
export interface Completion {
  readonly ids: readonly number[];
  readonly mask: readonly number[];
  /** What each token's log-prob counts in the sequence's sum: 1, unless they are given. Counts and means know nothing of them. */
  readonly weights?: readonly number[];
}

/** One prompt with the completions that share it. */
export interface PromptRow {
  readonly prompt: readonly number[];
  readonly completions: readonly Completion[];
}

/**
 * A batch in which each prompt stands once and its completions go on from it. Tokens are laid group by group: the B prompts without their
 * last token, P slots each, then the B·K continuations, C slots each, in row order (K: most completions of a row; missing ones are empty). A
 * continuation is the prompt's last token and the completion but its last: slot i predicts the completion's token i, so every prediction is a
 * continuation's, and prompts are there for their keys and values alone. It sees its prompt and itself; its positions go on from there.
 */
export interface Layout {
  /** N = B·P + B·K·C tokens. */
  readonly tokens: number;
  readonly prompts: { readonly rows: number; readonly tokens: number };
  readonly continuations: { readonly rows: number; readonly tokens: number };
  /** S: completions. M: counted positions, padded. */
  readonly sequences: number;
  readonly positions: number;
  /** [N] */
  readonly ids: Int32Array;
  /** Counted tokens of each sequence: [S]. */
  readonly counts: Int32Array;
  /**
   * cos, sin [N, d/2]; promptMask [B, 1, 1, P, S+P]; continuationMask [B·K, 1, 1, C, S+P+C]; positions [M], slots among the continuations' and
   * places [B·K·C], where each of these stands in `positions`, or M; targets [M]; select [S, M]: 1 where position m counts for sequence s;
   * weights [S, M], where a completion has them: the same with the tokens' weights.
   */
  readonly feeds: Readonly<
    Record<
      "cos" | "sin" | "promptMask" | "continuationMask" | "positions" | "places" | "targets" | "select",
      HostTensor
    >
  > & { readonly weights?: HostTensor };
  /** Equal keys mean equal shapes: of the tokens alone, and of everything. */
  readonly tokenKey: string;
  readonly key: string;
}

/** Added to the scores of hidden keys. Finite, so that a row of nothing but padding stays a number. */
const HIDDEN = -1e9;

/** Lengths are rounded up so that few shapes are compiled: to powers of two up to 8, to 16 below 128, to 64 above. */
export const roundLength = (length: number): number => {
  if (length <= 8) return length === 0 ? 0 : 2 ** Math.ceil(Math.log2(length));
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
    completions.forEach(({ ids, mask, weights = mask }, j) => {
      for (const [name, { length }] of Object.entries({ "a mask": mask, weights })) {
        if (ids.length === length) continue;
        const message = `batch: row ${i}, completion ${j} — expected ${name} of ${ids.length} tokens, got ${length}`;
        throw new CausalLmError("E_TOKENS", message);
      }
    });
  });
}

/** Tokens that every prompt of a batch begins with, whose keys and values are there already: S slots, `length` of them filled. */
export interface Prefix {
  readonly slots: number;
  readonly length: number;
}

const NO_PREFIX: Prefix = { slots: 0, length: 0 };

/** Masks of rows of `tokens` queries that may see `past` slots and then themselves; everything is hidden but each query from itself. */
function hiddenMask(rows: number, tokens: number, past: number): Float32Array {
  const width = past + tokens;
  const mask = new Float32Array(rows * tokens * width).fill(HIDDEN);
  for (let query = 0; query < rows * tokens; query++) mask[query * width + past + (query % tokens)] = 0;
  return mask;
}

interface Row {
  /** First query of the row, in the mask. */
  readonly query: number;
  /** What lies before the row's own tokens: slots and how many of them are filled, part by part. */
  readonly past: readonly Prefix[];
  /** Queries of the row, and how many are tokens. */
  readonly tokens: number;
  readonly length: number;
}

/** Lets a row's tokens see the filled past and one another causally. */
function show(mask: Float32Array, { query, past, tokens, length }: Row): void {
  const width = past.reduce((sum, { slots }) => sum + slots, tokens);
  for (let i = 0; i < length; i++) {
    let start = (query + i) * width;
    for (const { slots, length: filled } of past) {
      mask.fill(0, start, start + filled);
      start += slots;
    }
    mask.fill(0, start, start + i + 1);
  }
}

/** How large a layout of some rows is: its groups, its tokens, its counted positions. */
export function layoutSize(
  rows: readonly PromptRow[],
): Pick<Layout, "prompts" | "continuations" | "tokens" | "positions"> {
  const slots = Math.max(...rows.map(({ completions }) => completions.length));
  const completions = rows.flatMap(({ completions }) => completions);
  const prompts = {
    rows: rows.length,
    tokens: roundLength(Math.max(1, ...rows.map(({ prompt }) => prompt.length - 1))),
  };
  const longest = Math.max(1, ...completions.map(({ ids }) => ids.length));
  const continuations = { rows: rows.length * slots, tokens: roundLength(longest) };
  const tokens = prompts.rows * prompts.tokens + continuations.rows * continuations.tokens;
  const counted = completions.reduce((sum, { ids, mask }) => sum + ids.filter((_, i) => mask[i]).length, 0);
  return { prompts, continuations, tokens, positions: roundPositions(counted) };
}

/**
 * `prefix` comes before every row's prompt and is no part of it.
 *
 * @throws {CausalLmError} E_TOKENS
 */
export function layOut(config: ModelConfig, rows: readonly PromptRow[], prefix: Prefix = NO_PREFIX): Layout {
  checkRows(rows);
  const { prompts, continuations, tokens: count, positions } = layoutSize(rows);
  const [P, C] = [prompts.tokens, continuations.tokens];
  const slots = continuations.rows / prompts.rows;
  const firstContinuation = prompts.rows * P;

  const ids = new Int32Array(count);
  const positionOf = new Int32Array(count);
  const promptMask = hiddenMask(prompts.rows, P, prefix.slots);
  const continuationMask = hiddenMask(continuations.rows, C, prefix.slots + P);
  const sequences = rows.reduce((total, { completions }) => total + completions.length, 0);
  const counts = new Int32Array(sequences);
  const predictedFrom: number[] = []; // the continuations' slot whose hidden state predicts the target
  const targets: number[] = [];
  const owner: number[] = []; // sequence of each position
  const weightOf: number[] = []; // of each position
  const isWeighted = rows.some(({ completions }) => completions.some(({ weights }) => weights !== undefined));

  let sequence = 0;
  rows.forEach(({ prompt, completions }, row) => {
    const past = prompt.length - 1;
    ids.set(prompt.slice(0, past), row * P);
    for (let i = 0; i < past; i++) positionOf[row * P + i] = prefix.length + i;
    show(promptMask, { query: row * P, past: [prefix], tokens: P, length: past });
    completions.forEach((completion, slot) => {
      const query = (row * slots + slot) * C;
      const start = firstContinuation + query;
      const { length } = completion.ids;
      show(continuationMask, { query, past: [prefix, { slots: P, length: past }], tokens: C, length });
      for (let i = 0; i < length; i++) {
        ids[start + i] = i === 0 ? prompt[past]! : completion.ids[i - 1]!;
        positionOf[start + i] = prefix.length + past + i;
        if (!completion.mask[i]) continue;
        predictedFrom.push(query + i);
        targets.push(completion.ids[i]!);
        owner.push(sequence);
        weightOf.push(completion.weights?.[i] ?? 1);
        counts[sequence]!++;
      }
      sequence++;
    });
  });

  const places = new Int32Array(continuations.rows * C).fill(positions);
  predictedFrom.forEach((slot, m) => (places[slot] = m));
  const select = new Float32Array(sequences * positions);
  owner.forEach((s, m) => (select[s * positions + m] = 1));
  const weights = new Float32Array(isWeighted ? select.length : 0);
  if (isWeighted) owner.forEach((s, m) => (weights[s * positions + m] = weightOf[m]!));
  const padded = (values: readonly number[]): HostTensor => {
    const data = new Int32Array(positions);
    data.set(values);
    return int32([positions], data);
  };
  const { cos, sin } = rotaryAngles(config, positionOf);
  const half = config.headDim / 2;
  const tokenKey = `B${prompts.rows} S${prefix.slots} P${P} K${slots} C${C}`;
  return {
    tokens: count,
    prompts,
    continuations,
    sequences,
    positions,
    ids,
    counts,
    feeds: {
      cos: float32([count, half], cos),
      sin: float32([count, half], sin),
      promptMask: float32([prompts.rows, 1, 1, P, prefix.slots + P], promptMask),
      continuationMask: float32([continuations.rows, 1, 1, C, prefix.slots + P + C], continuationMask),
      positions: padded(predictedFrom),
      places: int32([places.length], places),
      targets: padded(targets),
      select: float32([sequences, positions], select),
      ...(isWeighted ? { weights: float32([sequences, positions], weights) } : {}),
    },
    tokenKey,
    key: `${tokenKey} N${sequences} M${positions}${isWeighted ? " weighted" : ""}`,
  };
}
