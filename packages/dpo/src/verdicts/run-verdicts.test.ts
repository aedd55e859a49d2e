import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogRow } from "../log/trainer-log.ts";
import { runVerdicts } from "./run-verdicts.ts";

/** A run of 100 steps whose metrics are functions of the step. */
const run = (metrics: Readonly<Record<string, (step: number) => number>>, steps = 100): LogRow[] =>
  Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    ...Object.fromEntries(Object.entries(metrics).map(([name, at]) => [name, at(i + 1)])),
  }));

const good = {
  loss: (step: number) => 0.7 / (1 + step / 50),
  "rewards/margins": (step: number) => step / 100,
  "rewards/accuracies": () => 0.9,
  "rewards_per_token/chosen": () => 0.1,
};
const namesOf = (rows: readonly LogRow[]): string[] => runVerdicts(rows, { beta: 5 }).map(({ name }) => name);

describe("runVerdicts", () => {
  it("has nothing to say of a good run, nor of a short one", () => {
    expect(runVerdicts(run(good), { beta: 5 })).toEqual([]);
    expect(namesOf(run({ ...good, "rewards/margins": (step) => -step }, 11))).toEqual([]);
  });

  it("says since when margins fall", () => {
    const rows = run({ ...good, "rewards/margins": (step) => (step <= 50 ? step : 100 - step) });
    expect(runVerdicts(rows, { beta: 5 })).toEqual([
      {
        name: "falling_margins",
        message: "margins fall since step 41: from 45.5 to 4.5; stop earlier, or lower the learning rate",
      },
    ]);
  });

  it("says since when they are negative", () => {
    const rows = run({ ...good, "rewards/margins": (step) => 35 - step });
    expect(runVerdicts(rows, { beta: 5 })[0]).toEqual({
      name: "negative_margins",
      message: "margins are negative since step 31 (-60.5 at the end): the rejected answers are preferred",
    });
  });

  it("says when the chosen answers become unlikely, whatever β", () => {
    const rows = run({ ...good, "rewards_per_token/chosen": (step) => -5 * 0.01 * step });
    const [verdict] = runVerdicts(rows, { beta: 5 });
    expect(verdict?.message).toMatch(/^chosen log-prob collapses: since step 51 .* 0\.955 nats less likely/);
    expect(namesOf(run({ ...good, "rewards_per_token/chosen": () => -2 }))).toEqual([]);
  });

  it("says when nothing was learned, and when there was nothing left to learn", () => {
    expect(namesOf(run({ ...good, loss: () => 0.69 }))).toEqual(["loss_stands"]);
    const soon = { ...good, loss: (step: number) => Math.exp(-step), "rewards/accuracies": () => 1 };
    expect(runVerdicts(run(soon), { beta: 5 })[0]?.message).toMatch(/^nothing was left to learn since step 11:/);
  });

  it("says when the evaluation turned", () => {
    const evaluations = [0.6, 0.5, 0.55, 0.6].map((loss, i) => ({ step: 25 * (i + 1), eval_loss: loss }));
    expect(runVerdicts([...run(good), ...evaluations], { beta: 5 })).toEqual([
      {
        name: "overfit",
        message: "the evaluation loss rises since step 50: from 0.5 to 0.6; load_best_model_at_end keeps the best",
      },
    ]);
  });

  it("takes any log, metrics missing or not", () => {
    const value = fc.double({ noNaN: true, min: -100, max: 100 });
    const row = fc.record({ loss: value, "rewards/margins": value, eval_loss: value }, { requiredKeys: ["loss"] });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const log = rows.map((metrics, i) => ({ ...metrics, step: i + 1 }));
        for (const { message } of runVerdicts(log, { beta: 0.1 })) expect(message).not.toMatch(/undefined|NaN/);
      }),
    );
  });
});
