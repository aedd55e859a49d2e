import { hcat, matrix, multiply, scale, subtract, thinQr, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { LoraModule } from "@prefdelta/lora";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combinerOf } from "./__fixtures__/combiner-of.ts";
import {
  denseOf,
  gridMatrix,
  mergeDense,
  moduleOf,
  relatedModules,
  rotation,
  sourcesOf,
} from "./__fixtures__/make-modules.ts";
import { coreSpace, type Source } from "./core-space.ts";
import type { MergeOptions } from "./merge-options.ts";

/** Every method and variant, with the properties of §4.5 that it does not have. */
const rows: readonly { name: string; options: MergeOptions; transposed?: MergeOptions; isUngated?: boolean }[] = [
  { name: "task_arithmetic", options: { method: "task_arithmetic" } },
  { name: "gam", options: { method: "gam" } },
  { name: "gam, angle", options: { method: "gam", gate: "angle" } },
  {
    name: "gam, joint, left, halfway",
    options: { method: "gam", sides: "left", t: 0.5 },
    transposed: { method: "gam", sides: "right", t: 0.5 },
  },
  // Full Procrustes turns unrelated adapters too; nor is its frame unique when they share nothing.
  { name: "gam, none", options: { method: "gam", gate: "none" }, isUngated: true },
];

const seeds = fc.integer({ min: 0, max: 1e6 });
const runs = { numRuns: 12 };
const close = { rtol: 1e-9, atol: 1e-9 };
const ranks = fc.constantFrom([3, 3, 3], [2, 3, 4], [3, 3]);
const weights = (modules: readonly LoraModule[]): number[] => modules.map((_, i) => 1 / (i + 1.5));

describe.each(rows)("$name", ({ options, transposed = options, isUngated = false }) => {
  const combine = combinerOf(options);

  it("of one adapter is the adapter", () => {
    const property = fc.property(seeds, (seed) => {
      const [source] = sourcesOf(relatedModules(seed), [0.7]);
      expect(mergeDense([source!], combine).data).toBeAllClose(scale(denseOf(source!), 0.7).data, close);
    });
    fc.assert(property, runs);
  });

  it("of copies, as a mean, is the adapter", () => {
    const property = fc.property(seeds, fc.integer({ min: 2, max: 4 }), (seed, k) => {
      const [module] = relatedModules(seed);
      const copies = sourcesOf(
        Array.from({ length: k }, () => module!),
        Array.from({ length: k }, () => 1 / k),
      );
      expect(mergeDense(copies, combine).data).toBeAllClose(denseOf(copies[0]!).data, close);
    });
    fc.assert(property, runs);
  });

  it("does not see the gauge: B G and G⁻¹ A are the same adapter", () => {
    const property = fc.property(seeds, (seed) => {
      const modules = relatedModules(seed);
      const regauged = modules.map(({ A, B, ...rest }) => {
        // G = diag(1, 32, 1/8) after a shear: exact in float32, condition number about 500
        const G = matrix(3, 3, [1, 32, 0, 0, 32, 0, 0, 0, 0.125]);
        const inverse = matrix(3, 3, [1, -1, 0, 0, 1 / 32, 0, 0, 0, 8]);
        const [b, a] = [multiply(matrix(rest.outFeatures, 3, B), G), multiply(inverse, matrix(3, rest.inFeatures, A))];
        return { ...rest, A: Float32Array.from(a.data), B: Float32Array.from(b.data) };
      });
      const expected = mergeDense(sourcesOf(modules), combine);
      expect(mergeDense(sourcesOf(regauged), combine).data).toBeAllClose(expected.data, close);
    });
    fc.assert(property, runs);
  });

  it("does not see the order", () => {
    const property = fc.property(seeds, ranks, (seed, ranks) => {
      const modules = relatedModules(seed, { ranks });
      const sources = sourcesOf(modules, weights(modules));
      const expected = mergeDense(sources, combine);
      expect(mergeDense(sources.toReversed(), combine).data).toBeAllClose(expected.data, close);
    });
    fc.assert(property, runs);
  });

  it.each([1e-6, -1, 1e6])("follows a factor of %g on all adapters", (factor) => {
    const property = fc.property(seeds, (seed) => {
      const modules = relatedModules(seed);
      const scaled = modules.map((module) => ({ ...module, scale: module.scale * factor }));
      const expected = scale(mergeDense(sourcesOf(modules), combine), factor);
      const atol = 1e-9 * Math.abs(factor);
      expect(mergeDense(sourcesOf(scaled), combine).data).toBeAllClose(expected.data, { rtol: 1e-9, atol });
    });
    fc.assert(property, runs);
  });

  it("of the transposed adapters is the transposed merge", () => {
    const property = fc.property(seeds, (seed) => {
      const sources = sourcesOf(relatedModules(seed));
      const swapped = sources.map(({ U, S, V, weight }) => ({ U: V, S, V: U, weight }));
      const expected = transpose(mergeDense(sources, combine));
      expect(mergeDense(swapped, combinerOf(transposed)).data).toBeAllClose(expected.data, close);
    });
    fc.assert(property, runs);
  });

  it("turns with its space: O₁ ΔW O₂ for all gives O₁ merged O₂", () => {
    const property = fc.property(seeds, (seed) => {
      const sources = sourcesOf(relatedModules(seed));
      const [O1, O2] = [rotation(`${seed} O1`, 24), rotation(`${seed} O2`, 20)];
      const turned = sources.map(({ U, V, ...rest }) => ({ ...rest, U: multiply(O1, U), V: multiply(O2, V) }));
      const expected = multiply(multiply(O1, mergeDense(sources, combine)), O2, { transB: true });
      expect(mergeDense(turned, combine).data).toBeAllClose(expected.data, close);
    });
    fc.assert(property, runs);
  });

  it("of opposites is zero, and a zero adapter only dilutes a mean", () => {
    const property = fc.property(seeds, (seed) => {
      const [module] = relatedModules(seed);
      const opposite = { ...module!, scale: -1 };
      expect(mergeDense(sourcesOf([module!, opposite]), combine).data).toBeAllClose(new Float64Array(480), {
        atol: 1e-12,
      });
      const zero = { ...module!, B: new Float32Array(module!.B.length) };
      const half = scale(denseOf(sourcesOf([module!])[0]!), 0.5);
      expect(mergeDense(sourcesOf([module!, zero], [0.5, 0.5]), combine).data).toBeAllClose(half.data, close);
      expect(mergeDense(sourcesOf([zero, zero]), combine).data).toEqual(new Float64Array(480));
    });
    fc.assert(property, runs);
  });

  it(isUngated ? "turns even adapters that share nothing" : "keeps adapters that share nothing as they are", () => {
    const property = fc.property(seeds, (seed) => {
      const sources = orthogonalSources(seed);
      const sum = sources.map(denseOf).reduce((a, b) => subtract(a, scale(b, -1)));
      const change = Math.hypot(...subtract(mergeDense(sources, combine), sum).data) / Math.hypot(...sum.data);
      if (isUngated) expect(change).toBeGreaterThan(0.1);
      else expect(change).toBeLessThan(1e-12);
    });
    fc.assert(property, runs);
  });

  it("moves each adapter without changing its singular values", () => {
    const property = fc.property(seeds, ranks, (seed, ranks) => {
      const space = coreSpace(sourcesOf(relatedModules(seed, { ranks })));
      for (const [i, { U, S, V }] of combine(space).sources.entries()) {
        expect(S).toEqual(space.sources[i]!.S);
        expect(gramError(U)).toBeLessThan(1e-12);
        expect(gramError(V)).toBeLessThan(1e-12);
      }
    });
    fc.assert(property, runs);
  });

  it("does not see the choice of vectors for equal singular values", () => {
    const property = fc.property(seeds, (seed) => {
      const sources = sourcesOf(relatedModules(seed)).map((source) => ({ ...source, S: Float64Array.of(2, 2, 2) }));
      const turned = sources.map(({ U, V, ...rest }, i) => {
        const O = rotation(`${seed} ${i}`, 3);
        return { ...rest, U: multiply(U, O), V: multiply(V, O) };
      });
      expect(mergeDense(turned, combine).data).toBeAllClose(mergeDense(sources, combine).data, close);
    });
    fc.assert(property, runs);
  });

  it("takes rank-deficient factors for what they are", () => {
    const property = fc.property(seeds, (seed) => {
      const modules = relatedModules(seed);
      // A row of A twice, half of B's column for each.
      const padded = modules.map(({ A, B, inFeatures, outFeatures }) => {
        const [b, a] = [matrix(outFeatures, 3, B), transpose(matrix(3, inFeatures, A))];
        const half = matrix(
          outFeatures,
          1,
          Array.from({ length: outFeatures }, (_, o) => B[o * 3]! / 2),
        );
        const first = matrix(
          inFeatures,
          1,
          Array.from({ length: inFeatures }, (_, i) => A[i]!),
        );
        const wide = hcat([
          half,
          half,
          matrix(
            outFeatures,
            2,
            [...b.data].filter((_, e) => e % 3 > 0),
          ),
        ]);
        const tall = hcat([
          first,
          first,
          matrix(
            inFeatures,
            2,
            [...a.data].filter((_, e) => e % 3 > 0),
          ),
        ]);
        return moduleOf(wide, transpose(tall));
      });
      const expected = mergeDense(sourcesOf(modules), combine);
      expect(mergeDense(sourcesOf(padded), combine).data).toBeAllClose(expected.data, close);
    });
    fc.assert(property, runs);
  });
});

describe("gam is not vacuous in the properties above", () => {
  it.each(rows.slice(1))("$name turns the related modules", ({ options }) => {
    const sources = sourcesOf(relatedModules(1));
    const plain = mergeDense(sources, combinerOf({ method: "task_arithmetic" }));
    const merged = mergeDense(sources, combinerOf(options));
    expect(Math.hypot(...subtract(merged, plain).data) / Math.hypot(...plain.data)).toBeGreaterThan(0.02);
  });
});

const gramError = (Q: Matrix): number =>
  multiply(Q, Q, { transA: true }).data.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - (i % (Q.cols + 1) === 0 ? 1 : 0))),
    0,
  );

/** Three updates in mutually orthogonal column and row spaces. */
function orthogonalSources(seed: number): Source[] {
  const [U, V] = [thinQr(gridMatrix(`${seed} U`, 24, 9)).Q, thinQr(gridMatrix(`${seed} V`, 20, 9)).Q];
  const block = (Q: Matrix, i: number): Matrix =>
    matrix(
      Q.rows,
      3,
      [...Q.data].filter((_, entry) => Math.floor((entry % 9) / 3) === i),
    );
  return [0, 1, 2].map((i) => ({ U: block(U, i), S: Float64Array.of(3, 2, 1), V: block(V, i), weight: 1 }));
}
