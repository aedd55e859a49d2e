import type { DpoConfig } from "./config.ts";
import { schedules } from "./optimizer/schedules.ts";

type WarmupSettings = Pick<DpoConfig, "warmup_ratio" | "warmup_steps">;
type RateSettings = WarmupSettings & Pick<DpoConfig, "learning_rate" | "lr_scheduler_type" | "lr_scheduler_kwargs">;

const warmupOf = (totalSteps: number, { warmup_ratio, warmup_steps }: WarmupSettings): number =>
  warmup_steps >= 1 ? warmup_steps : Math.ceil(totalSteps * (warmup_steps > 0 ? warmup_steps : warmup_ratio));

/** Learning rate of an update, counted from 0. A warm-up of part of a step is rounded up, as transformers does. */
export function learningRateAt(step: number, totalSteps: number, config: RateSettings): number {
  const { learning_rate: peak, lr_scheduler_type, lr_scheduler_kwargs } = config;
  const { min_lr, min_lr_rate } = lr_scheduler_kwargs;
  return (
    peak *
    schedules[lr_scheduler_type](step, {
      warmup: warmupOf(totalSteps, config),
      total: totalSteps,
      minRate: min_lr_rate ?? (min_lr ?? 0) / peak,
    })
  );
}
