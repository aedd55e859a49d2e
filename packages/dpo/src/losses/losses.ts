import type { DpoLoss } from "./dpo-loss.ts";
import { sft } from "./sft.ts";
import { sigmoid } from "./sigmoid.ts";
import { sigmoidNorm } from "./sigmoid-norm.ts";

/** Every loss by its name in TRL. */
export const losses = {
  sigmoid,
  sigmoid_norm: sigmoidNorm,
  sft,
} as const satisfies Record<string, DpoLoss>;

export type LossName = keyof typeof losses;

export const lossNames = Object.keys(losses) as LossName[];
