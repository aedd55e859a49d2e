import { aot, aotUnpaired } from "./aot.ts";
import { apoDown, apoZero } from "./apo.ts";
import { bcoPair } from "./bco-pair.ts";
import { discopop } from "./discopop.ts";
import type { DpoLoss } from "./dpo-loss.ts";
import { exoPair } from "./exo-pair.ts";
import { hinge } from "./hinge.ts";
import { ipo } from "./ipo.ts";
import { ncaPair } from "./nca-pair.ts";
import { orpo } from "./orpo.ts";
import { robust } from "./robust.ts";
import { sft } from "./sft.ts";
import { sigmoid } from "./sigmoid.ts";
import { sigmoidNorm } from "./sigmoid-norm.ts";
import { simpo } from "./simpo.ts";
import { sppoHard } from "./sppo-hard.ts";

/** Every loss by its name in TRL. */
export const losses = {
  sigmoid,
  sigmoid_norm: sigmoidNorm,
  hinge,
  ipo,
  exo_pair: exoPair,
  nca_pair: ncaPair,
  robust,
  bco_pair: bcoPair,
  sppo_hard: sppoHard,
  aot,
  aot_unpaired: aotUnpaired,
  apo_zero: apoZero,
  apo_down: apoDown,
  discopop,
  sft,
  simpo,
  orpo,
} as const satisfies Record<string, DpoLoss>;

export type LossName = keyof typeof losses;

export const lossNames = Object.keys(losses) as LossName[];
