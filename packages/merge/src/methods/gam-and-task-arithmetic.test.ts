import { matrix, subtract, svd } from "@prefdelta/linalg";
import type { LoraModule } from "@prefdelta/lora";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combinerOf } from "../__fixtures__/combiner-of.ts";
import { gridMatrix, mergeDense, moduleOf, relatedModules, sourcesOf } from "../__fixtures__/make-modules.ts";
import { coreSpace, type Source } from "../core-space.ts";
import type { MergeOptions } from "../merge-options.ts";

const seeds = fc.integer({ min: 0, max: 1e6 });

describe("gam", () => {
  it.each(["joint", "angle", "none"] as const)("at t = 0 is task arithmetic, gate %s", (gate) => {
    const property = fc.property(seeds, (seed) => {
      const sources = sourcesOf(relatedModules(seed));
      const plain = mergeDense(sources, combinerOf({ method: "task_arithmetic" }));
      expect(mergeDense(sources, combinerOf({ method: "gam", gate, t: 0 }))).toEqual(plain);
    });
    fc.assert(property, { numRuns: 4 });
  });

  it("with a shared A₀ and random B is task arithmetic, exactly; the angle gate alone is not", () => {
    const combine = combinerOf({ method: "gam" });
    const property = fc.property(seeds, fc.constantFrom(0, 0.3), fc.integer({ min: 2, max: 4 }), (seed, drift, k) => {
      const sources = sourcesOf(sharedStart(seed, drift, k));
      const plain = mergeDense(sources, combinerOf({ method: "task_arithmetic" }));
      expect(mergeDense(sources, combine)).toEqual(plain);
      const { consensus } = combine(coreSpace(sources));
      expect(consensus!.finding).toBe("no consensus beyond A₀");
      expect([consensus!.left.rank, consensus!.right.rank]).toEqual([0, 4]);
      if (drift > 0) {
        const turned = mergeDense(sources, combinerOf({ method: "gam", gate: "angle" }));
        expect(Math.hypot(...subtract(turned, plain).data)).toBeGreaterThan(0.05 * Math.hypot(...plain.data));
      }
    });
    fc.assert(property, { numRuns: 12 });
  });

  it("restores the strength of one direction that two adapters hold at an angle (rank 1, both sides)", () => {
    for (const degrees of [20, 40]) {
      const theta = (degrees * Math.PI) / 180;
      const sources = [0, theta].map((angle): Source => {
        const unit = matrix(50, 1);
        unit.data.set([Math.cos(angle), Math.sin(angle)]);
        return { U: unit, S: Float64Array.of(3), V: unit, weight: 0.5 };
      });
      const spectrum = (options: MergeOptions): Float64Array =>
        svd(mergeDense(sources, combinerOf(options))).S.slice(0, 2);
      // σ cos²(θ/2) and a spurious σ sin²(θ/2)
      const mean = [3 * Math.cos(theta / 2) ** 2, 3 * Math.sin(theta / 2) ** 2];
      expect(spectrum({ method: "task_arithmetic" })).toBeAllClose(mean, { rtol: 1e-12 });
      expect(spectrum({ method: "gam", gate: "angle" })).toBeAllClose([3, 0], { rtol: 1e-12, atol: 1e-12 });
      expect(spectrum({ method: "gam" })).toBeAllClose([3, 0], { rtol: 1e-12, atol: 1e-12 });
    }
  });
});

/** Unrelated B, and one A up to drift: what a common start makes of adapters that learned nothing in common. */
function sharedStart(seed: number, drift: number, k: number): LoraModule[] {
  const start = gridMatrix(`${seed} A0`, 4, 96);
  return Array.from({ length: k }, (_, i) => {
    const step = gridMatrix(`${seed} step ${i}`, 4, 96);
    const A = matrix(
      4,
      96,
      start.data.map((value, entry) => value + drift * step.data[entry]!),
    );
    return moduleOf(gridMatrix(`${seed} B ${i}`, 96, 4), A);
  });
}
