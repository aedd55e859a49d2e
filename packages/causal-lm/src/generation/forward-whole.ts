import * as tf from "@tensorflow/tfjs-core";
import type { HostTensor } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import type { LoraWeights } from "../lora.ts";
import { loraFeeds, loraInputs, loraKey, loraOf } from "../lora-inputs.ts";
import type { ModelConfig } from "../model/config.ts";
import { decoder, finalNorm } from "../model/decoder.ts";
import { headBlocks } from "../model/head-blocks.ts";
import { decoderFeeds, decoderInputs } from "../model/weight-inputs.ts";
import type { Step, StepInputs } from "../runtime/runtime.ts";
import { forwardBytes, type ForwardShape } from "./generation-memory.ts";
import { type Past, pastFeeds, pastInputs, pastOf } from "./past-inputs.ts";

/** [N, hidden]; [N, head_dim/2] twice; [B, 1, 1, T, S+T]; each row's last real token among all: [B]. */
export type TokenFeeds = Readonly<Record<"embedded" | "cos" | "sin" | "mask" | "last", HostTensor>>;

/** A pass of new tokens through the decoder. */
export interface Pass {
  readonly shape: ForwardShape;
  readonly feeds: TokenFeeds;
  readonly cache: Past | undefined;
  readonly lora: LoraWeights | undefined;
  /** Bytes of caches that are there meanwhile. */
  readonly held: number;
}

export interface Forwarded {
  /** Logits at each row's last real token: [B, vocab]. */
  readonly logits: Float32Array;
  readonly keys: readonly HostTensor[];
  readonly values: readonly HostTensor[];
}

/** What attention is told of new tokens. */
export function attentionInputs({ headDim }: ModelConfig, { rows, tokens, past }: ForwardShape): StepInputs {
  const angles = { shape: [rows * tokens, headDim / 2] };
  return { cos: angles, sin: angles, mask: { shape: [rows, 1, 1, tokens, past + tokens] } };
}

/** From the last layer's output, [B, hidden], to logits: [B, vocab]. */
export function headLogits(config: ModelConfig, weight: (name: string) => tf.Tensor, hidden: tf.Tensor): tf.Tensor {
  const normed = finalNorm({ config, weight }, hidden);
  const logits = headBlocks(config).map(({ name }) => tf.matMul(normed, weight(name), false, true));
  return logits.length === 1 ? logits[0]! : tf.concat(logits, 1);
}

function compileForward(
  lm: CausalLm,
  { rows, tokens, past }: ForwardShape,
  lora: LoraWeights | undefined,
): Promise<Step> {
  const { config } = lm;
  const inputs = {
    embedded: { shape: [rows * tokens, config.hiddenSize] },
    ...attentionInputs(config, { rows, tokens, past }),
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
    const outputs: Record<string, tf.Tensor> = { logits: headLogits(config, weight, hidden) };
    cache.forEach(({ keys, values }, i) => {
      outputs[`keys.${i}`] = keys;
      outputs[`values.${i}`] = values;
    });
    return outputs;
  }, inputs);
}

/** All layers and the head in one step. @throws {CausalLmError} E_ON_DISK */
export async function forwardWhole(lm: CausalLm, { shape, feeds, cache, lora, held }: Pass): Promise<Forwarded> {
  const key = `forward B${shape.rows} T${shape.tokens} S${shape.past} ${loraKey(lora)}`;
  const { needs, keeps } = forwardBytes(lm, shape);
  const step = await lm.steps.get(key, () => compileForward(lm, shape, lora), { needs: held + needs, keeps });
  const results = await step.run({
    ...decoderFeeds(lm),
    ...(lora ? loraFeeds(lora) : {}),
    ...feeds,
    ...pastFeeds(cache),
  });
  const perLayer = (name: string): HostTensor[] =>
    Array.from({ length: lm.config.layers }, (_, i) => results[`${name}.${i}`]!);
  return { logits: results["logits"]!.data as Float32Array, keys: perLayer("keys"), values: perLayer("values") };
}
