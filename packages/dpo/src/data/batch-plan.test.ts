import { createRandom } from "@prefdelta/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planBatches } from "./batch-plan.ts";

const plan = (count: number, options: Partial<Parameters<typeof planBatches>[1]> = {}) =>
  planBatches(count, { batchSize: 2, accumulation: 2, epochs: 1, maxSteps: -1, ...options });

describe("planBatches", () => {
  it("cuts an epoch as transformers does: a last update of what is left, a last micro-batch of what is left", () => {
    const { totalSteps, batches, epochAfter } = plan(7, { epochs: 2 });
    expect(totalSteps).toBe(4);
    expect(batches(0)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(batches(1)).toEqual([[4, 5], [6]]);
    expect(batches(2)).toEqual(batches(0));
    expect([0, 1, 2, 3].map(epochAfter)).toEqual([0.5, 1, 1.5, 2]);
  });

  it("lets an epoch's last update have fewer micro-batches", () => {
    const { batches, epochAfter, totalSteps } = plan(6);
    expect(totalSteps).toBe(2);
    expect(batches(1)).toEqual([[4, 5]]);
    expect(epochAfter(0)).toBeCloseTo(2 / 3, 12);
  });

  it("rounds part of an epoch up to whole updates, and obeys max_steps before epochs", () => {
    expect(plan(16, { epochs: 0.3 }).totalSteps).toBe(2);
    expect(plan(16, { epochs: 0.3, maxSteps: 11 }).totalSteps).toBe(11);
  });

  it("sees every pair once an epoch, in another order each time", () => {
    const random = createRandom(1);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        (n, batchSize, accumulation) => {
          const { totalSteps, batches } = plan(n, { batchSize, accumulation, random });
          const seen = Array.from({ length: totalSteps }, (_, step) => batches(step)).flat(2);
          expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        },
      ),
    );
    const { batches } = plan(40, { batchSize: 40, accumulation: 1, epochs: 2, random });
    expect(batches(0)).not.toEqual(batches(1));
  });

  it("knows which pairs a short run sees", () => {
    const short = plan(9, { maxSteps: 2, random: createRandom(5) });
    const batches = [0, 1].flatMap((step) => short.batches(step)).flat();
    expect([...short.seen()]).toEqual(batches.toSorted((a, b) => a - b));
    expect(short.seen()).toHaveLength(8);
    expect([...plan(3, { maxSteps: 9 }).seen()]).toEqual([0, 1, 2]);
  });

  it("gives a step the same batches whatever was asked before", () => {
    const straight = plan(9, { epochs: 3, random: createRandom(5) });
    const all = Array.from({ length: straight.totalSteps }, (_, step) => straight.batches(step));
    const resumed = plan(9, { epochs: 3, random: createRandom(5) });
    expect(resumed.batches(7)).toEqual(all[7]);
    expect(resumed.batches(2)).toEqual(all[2]);
  });
});
