import type { DpoLoss, LossOptions } from "./dpo-loss.ts";
import type { DivergenceName } from "./divergences.ts";
import { type LossName, losses } from "./losses.ts";
import { type LossTerm, mixLosses } from "./mix-losses.ts";

/** What settings say about the loss. */
export interface LossSettings {
  readonly loss_type: LossName | readonly LossName[];
  readonly loss_weights: readonly number[] | null;
  readonly beta: number;
  readonly label_smoothing: number;
  readonly f_divergence_type: DivergenceName;
  readonly f_alpha_divergence_coef: number;
  readonly discopop_tau: number;
  readonly simpo_gamma: number;
  readonly use_weighting: boolean;
}

export const lossNamesOf = ({ loss_type }: Pick<LossSettings, "loss_type">): readonly LossName[] =>
  typeof loss_type === "string" ? [loss_type] : loss_type;

/** The settings' losses with their weights, 1 where none are given. */
const lossTerms = (settings: Pick<LossSettings, "loss_type" | "loss_weights">): LossTerm[] =>
  lossNamesOf(settings).map((name, i) => ({ loss: losses[name], weight: settings.loss_weights?.[i] ?? 1 }));

/** The loss that settings ask for, a row of the table or a mix, and what it is told. */
export function configuredLoss(settings: LossSettings): { readonly row: DpoLoss; readonly options: LossOptions } {
  return {
    row: mixLosses(lossTerms(settings)),
    options: {
      beta: settings.beta,
      labelSmoothing: settings.label_smoothing,
      divergence: { type: settings.f_divergence_type, alpha: settings.f_alpha_divergence_coef },
      discopopTau: settings.discopop_tau,
      simpoGamma: settings.simpo_gamma,
      weighting: settings.use_weighting,
    },
  };
}
