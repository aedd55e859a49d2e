import { expect, it } from "vitest";
import { parseDpoConfig } from "./config.ts";
import { learningRateAt } from "./learning-rate.ts";

it("rounds a warm-up of part of a step up", () => {
  const config = parseDpoConfig({ learning_rate: 1, warmup_ratio: 0.11, lr_scheduler_type: "constant_with_warmup" });
  expect([0, 1, 2].map((step) => learningRateAt(step, 10, config))).toEqual([0, 0.5, 1]);
});

it("warms up by steps, or by a share of them under that name too", () => {
  const settings = { learning_rate: 1, lr_scheduler_type: "constant_with_warmup" };
  const rates = (more: object): number[] => {
    const config = parseDpoConfig({ ...settings, ...more });
    return [0, 1, 2, 3, 4].map((step) => learningRateAt(step, 10, config));
  };
  expect(rates({ warmup_steps: 4 })).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(rates({ warmup_steps: 0.4 })).toEqual(rates({ warmup_ratio: 0.4 }));
  expect(rates({ warmup_steps: 0, warmup_ratio: 0.2 })).toEqual([0, 0.5, 1, 1, 1]);
});

it("takes the end of a cosine as a rate or as a share of the peak", () => {
  const settings = { learning_rate: 2e-3, lr_scheduler_type: "cosine_with_min_lr" };
  const rate = parseDpoConfig({ ...settings, lr_scheduler_kwargs: { min_lr: 2e-4 } });
  const share = parseDpoConfig({ ...settings, lr_scheduler_kwargs: { min_lr_rate: 0.1 } });
  const rates = (config: typeof rate): number[] => [0, 5, 10].map((step) => learningRateAt(step, 10, config));
  expect(rates(rate)).toBeAllClose([2e-3, 1.1e-3, 2e-4], { rtol: 1e-12 });
  expect(rates(share)).toBeAllClose(rates(rate), { rtol: 1e-12 });
});
