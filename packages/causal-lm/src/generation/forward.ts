import { float32, int32 } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import { embed } from "../embed.ts";
import type { LoraWeights } from "../lora.ts";
import { rotaryAngles } from "../model/rotary.ts";
import { roundLength } from "../training/layout.ts";
import { forwardLayerwise } from "./forward-layerwise.ts";
import { type Forwarded, forwardWhole, type TokenFeeds } from "./forward-whole.ts";
import type { KeyValueCache } from "./key-value-cache.ts";

const HIDDEN = -1e9; // see training/layout.ts

/** New tokens for each row of a batch, right-padded to the same length. */
export interface NewTokens {
  readonly rows: number;
  /** T: padded length. */
  readonly tokens: number;
  /** [B·T] */
  readonly ids: Int32Array;
  /** Real tokens of each row: [B]. */
  readonly lengths: Int32Array;
}

/** Prompts side by side, each filled up to the same length: the longest's, rounded, unless it is given. */
export function padRight(
  prompts: readonly (readonly number[])[],
  tokens: number = roundLength(Math.max(...prompts.map(({ length }) => length))),
): NewTokens {
  const rows = prompts.length;
  const ids = new Int32Array(rows * tokens);
  prompts.forEach((prompt, row) => ids.set(prompt, row * tokens));
  return { rows, tokens, ids, lengths: Int32Array.from(prompts, ({ length }) => length) };
}

/** Queries see the filled slots of their row's cache, and new tokens up to themselves: [B, 1, 1, T, S+T]. */
function attentionMask({ rows, tokens, lengths }: NewTokens, cache: KeyValueCache | undefined): Float32Array {
  const past = cache?.capacity ?? 0;
  const width = past + tokens;
  const mask = new Float32Array(rows * tokens * width).fill(HIDDEN);
  for (let row = 0; row < rows; row++) {
    for (let query = 0; query < tokens; query++) {
      const start = (row * tokens + query) * width;
      mask[start + past + query] = 0; // padding sees itself
      if (query >= lengths[row]!) continue;
      mask.fill(0, start, start + (cache?.lengths[row] ?? 0));
      mask.fill(0, start + past, start + past + query + 1);
    }
  }
  return mask;
}

/** What a step is fed of new tokens, weights and the cache apart. */
function tokenFeeds(lm: CausalLm, input: NewTokens, cache: KeyValueCache | undefined): TokenFeeds {
  const { rows, tokens, ids, lengths } = input;
  const past = cache?.capacity ?? 0;
  const positions = Int32Array.from(ids, (_, i) => (cache?.lengths[Math.floor(i / tokens)] ?? 0) + (i % tokens));
  const { cos, sin } = rotaryAngles(lm.config, positions);
  const angles = [rows * tokens, lm.config.headDim / 2];
  return {
    embedded: embed(lm, ids),
    cos: float32(angles, cos),
    sin: float32(angles, sin),
    mask: float32([rows, 1, 1, tokens, past + tokens], attentionMask(input, cache)),
    last: int32(
      [rows],
      Int32Array.from(lengths, (length, row) => row * tokens + Math.max(0, length - 1)),
    ),
  };
}

interface ForwardOptions {
  readonly cache?: KeyValueCache | undefined;
  readonly lora?: LoraWeights | undefined;
  /** Bytes of caches and the like that are there meanwhile: compiled steps that are kept have to leave room for them, too. */
  readonly held?: number;
}

/**
 * Runs new tokens through the decoder after what the cache holds; the cache is read, not changed. Where weights are on the disk, layer by layer: all of them are
 * read at every pass.
 */
export function forward(lm: CausalLm, input: NewTokens, options: ForwardOptions): Promise<Forwarded> {
  const { cache, lora, held = 0 } = options;
  const shape = { rows: input.rows, tokens: input.tokens, past: cache?.capacity ?? 0 };
  const pass = { shape, feeds: tokenFeeds(lm, input, cache), cache, lora, held };
  return lm.disk ? forwardLayerwise(lm, pass) : forwardWhole(lm, pass);
}
