import type { HostTensor, TensorMap } from "@prefdelta/tfjs-onnx";
import type { KeysAndValues } from "../model/attention.ts";
import type { ModelConfig } from "../model/config.ts";
import type { Feeds } from "../model/weight-inputs.ts";
import type { StepInputs } from "../runtime/runtime.ts";

/** Keys and values of earlier tokens on the host, layer by layer: [rows, kv, slots, head_dim]. */
export interface Past {
  readonly keys: readonly HostTensor[];
  readonly values: readonly HostTensor[];
}

const layersOf = ({ layers }: ModelConfig): number[] => Array.from({ length: layers }, (_, layer) => layer);

/** What a step declares to be told of `slots` earlier tokens; nothing where there are none. */
export function pastInputs(
  config: ModelConfig,
  { rows, slots }: { readonly rows: number; readonly slots: number },
): StepInputs {
  if (slots === 0) return {};
  const slot = { shape: [rows, config.keyValueHeads, slots, config.headDim] };
  return Object.fromEntries(
    layersOf(config).flatMap((i) => [
      [`pastKeys.${i}`, slot],
      [`pastValues.${i}`, slot],
    ]),
  );
}

export function pastFeeds(past: Past | undefined): Feeds {
  const feeds: Record<string, HostTensor> = {};
  past?.keys.forEach((tensor, i) => (feeds[`pastKeys.${i}`] = tensor));
  past?.values.forEach((tensor, i) => (feeds[`pastValues.${i}`] = tensor));
  return feeds;
}

/** What the decoder is told, from a step's tensors. */
export const pastOf = (config: ModelConfig, tensors: TensorMap, slots: number): { past?: KeysAndValues[] } =>
  slots === 0
    ? {}
    : { past: layersOf(config).map((i) => ({ keys: tensors[`pastKeys.${i}`]!, values: tensors[`pastValues.${i}`]! })) };
