import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { initAdamW, updateAdamW } from "./adamw.ts";
import { clipGradients } from "./clip-gradients.ts";
import type { Parameters } from "./parameters.ts";
import { schedules, type ScheduleName } from "./schedules.ts";

interface Golden {
  readonly adamw: {
    readonly options: { lr: number; betas: [number, number]; eps: number; weight_decay: number; max_norm: number };
    readonly start: Record<string, number[]>;
    readonly updates: { gradients: Record<string, number[]>; norm: number; parameters: Record<string, number[]> }[];
  };
  readonly schedules: { name: ScheduleName; warmup: number; total: number; minRate: number; factors: number[] }[];
}

// Made by tooling/peers/optimizer_golden.py.
const golden = JSON.parse(readFileSync(new URL("../__fixtures__/optimizer.json", import.meta.url), "utf8")) as Golden;

const arrays = (values: Record<string, number[]>): Parameters =>
  new Map(Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)]));

describe("against torch", () => {
  it("clips and updates as clip_grad_norm_ and AdamW do", () => {
    const { options, start, updates } = golden.adamw;
    const parameters = arrays(start);
    const state = initAdamW(parameters);
    for (const update of updates) {
      const gradients = arrays(update.gradients);
      expect(clipGradients(gradients, options.max_norm)).toBeCloseTo(update.norm, 5);
      const [beta1, beta2] = options.betas;
      updateAdamW(parameters, gradients, {
        beta1,
        beta2,
        epsilon: options.eps,
        weightDecay: options.weight_decay,
        learningRate: options.lr,
        state,
      });
      // float32 states, rounded in another order than torch's
      for (const [name, expected] of Object.entries(update.parameters)) {
        expect(parameters.get(name)!).toBeAllClose(expected, { rtol: 2e-6, atol: 1e-7 });
      }
    }
    expect(state.step).toBe(updates.length);
  });
});

describe("against transformers", () => {
  it.each(golden.schedules)("$name, $warmup of $total steps of warm-up", ({ name, factors, ...options }) => {
    expect(factors.map((_, step) => schedules[name](step, options))).toBeAllClose(factors, {
      rtol: 1e-12,
      atol: 1e-12,
    });
  });

  it("covers every schedule", () => {
    expect(new Set(golden.schedules.map(({ name }) => name))).toEqual(new Set(Object.keys(schedules)));
  });
});
