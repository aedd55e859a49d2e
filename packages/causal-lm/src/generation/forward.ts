import * as tf from "@tensorflow/tfjs-core";
import { float32, type HostTensor, int32 } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import { embed } from "../embed.ts";
import type { LoraWeights } from "../lora.ts";
import { loraFeeds, loraInputs, loraKey, loraOf } from "../lora-inputs.ts";
import { decoder, finalNorm } from "../model/decoder.ts";
import { headBlocks } from "../model/head-blocks.ts";
import { rotaryAngles } from "../model/rotary.ts";
import { decoderFeeds, decoderInputs } from "../model/weight-inputs.ts";
import type { Step } from "../runtime/runtime.ts";
import { roundLength } from "../training/layout.ts";
import { forwardBytes, type ForwardShape } from "./generation-memory.ts";
import type { KeyValueCache } from "./key-value-cache.ts";
import { pastFeeds, pastInputs, pastOf } from "./past-inputs.ts";

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

export interface Forwarded {
  /** Logits at each row's last real token: [B, vocab]. */
  readonly logits: Float32Array;
  readonly keys: readonly HostTensor[];
  readonly values: readonly HostTensor[];
}

interface ForwardOptions {
  readonly cache?: KeyValueCache | undefined;
  readonly lora?: LoraWeights | undefined;
  /** Bytes of caches and the like that are there meanwhile: compiled steps that are kept have to leave room for them, too. */
  readonly held?: number;
}

function compileForward(lm: CausalLm, { rows, tokens, past }: ForwardShape, lora: LoraWeights | undefined): Promise<Step> {
  const { config } = lm;
  const angles = { shape: [rows * tokens, config.headDim / 2] };
  const inputs = {
    embedded: { shape: [rows * tokens, config.hiddenSize] },
    cos: angles,
    sin: angles,
    mask: { shape: [rows, 1, 1, tokens, past + tokens] },
    last: { shape: [rows], dtype: "int32" as const },
    ...decoderInputs(lm),
    ...(lora ? loraInputs(lora) : {}),
    ...pastInputs(config, { rows, slots: past }),
  };
  return lm.runtime.compile((tensors) => {
    const weight = (name: string): tf.Tensor => tensors[name]!;
    const { hidden, cache } = decoder({
      config,
      rows,
      embedded: tensors["embedded"]!,
      cos: tensors["cos"]!,
      sin: tensors["sin"]!,
      mask: tensors["mask"]!,
      wanted: { positions: tensors["last"]! },
      weight,
      lora: loraOf(tensors, lora),
      ...pastOf(config, tensors, past),
    });
    const normed = finalNorm({ config, weight }, hidden);
    const logits = headBlocks(config).map(({ name }) => tf.matMul(normed, weight(name), false, true));
    const outputs: Record<string, tf.Tensor> = { logits: logits.length === 1 ? logits[0]! : tf.concat(logits, 1) };
    cache.forEach(({ keys, values }, i) => {
      outputs[`keys.${i}`] = keys;
      outputs[`values.${i}`] = values;
    });
    return outputs;
  }, inputs);
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

/** Runs new tokens through the decoder after what the cache holds; the cache is read, not changed. */
export async function forward(
  lm: CausalLm,
  input: NewTokens,
  { cache, lora, held = 0 }: ForwardOptions,
): Promise<Forwarded> {
  const { rows, tokens, ids, lengths } = input;
  const shape = { rows, tokens, past: cache?.capacity ?? 0 };
  const key = `forward B${rows} T${tokens} S${shape.past} ${loraKey(lora)}`;
  const { needs, keeps } = forwardBytes(lm, shape);
  const step = await lm.steps.get(key, () => compileForward(lm, shape, lora), { needs: held + needs, keeps });
  const positions = Int32Array.from(ids, (_, i) => (cache?.lengths[Math.floor(i / tokens)] ?? 0) + (i % tokens));
  const { cos, sin } = rotaryAngles(lm.config, positions);
  const half = lm.config.headDim / 2;
  const results = await step.run({
    ...decoderFeeds(lm),
    ...(lora ? loraFeeds(lora) : {}),
    embedded: embed(lm, ids),
    cos: float32([rows * tokens, half], cos),
    sin: float32([rows * tokens, half], sin),
    mask: float32([rows, 1, 1, tokens, shape.past + tokens], attentionMask(input, cache)),
    last: int32(
      [rows],
      Int32Array.from(lengths, (length, row) => row * tokens + Math.max(0, length - 1)),
    ),
    ...pastFeeds(cache),
  });
  const perLayer = (name: string): HostTensor[] =>
    Array.from({ length: lm.config.layers }, (_, i) => results[`${name}.${i}`]!);
  return { logits: results["logits"]!.data as Float32Array, keys: perLayer("keys"), values: perLayer("values") };
}
