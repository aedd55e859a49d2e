import { matrix, multiply, svd, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoraModule } from "./adapter.ts";
import { deltaWeight } from "./delta-weight.ts";
import { fromThinSvd, thinSvd } from "./thin-svd.ts";
import type { ThinSvd } from "./thin-svd.ts";

const module: fc.Arbitrary<LoraModule> = fc
  .record({
    rank: fc.integer({ min: 1, max: 4 }),
    inFeatures: fc.integer({ min: 1, max: 6 }),
    outFeatures: fc.integer({ min: 1, max: 6 }),
  })
  .chain(({ rank, inFeatures, outFeatures }) => {
    const factor = (size: number): fc.Arbitrary<Float32Array> =>
      fc
        .array(fc.integer({ min: -8, max: 8 }), { minLength: size, maxLength: size })
        .map((values) => Float32Array.from(values, (value) => value / 4));
    return fc.record({
      A: factor(rank * inFeatures),
      B: factor(outFeatures * rank),
      rank: fc.constant(rank),
      inFeatures: fc.constant(inFeatures),
      outFeatures: fc.constant(outFeatures),
      scale: fc.constantFrom(1, 2, 0.25, -1),
    });
  });

const compose = ({ U, S, V }: ThinSvd): Matrix => {
  const scaled = matrix(
    U.rows,
    U.cols,
    U.data.map((value, i) => value * S[i % U.cols]!),
  );
  return multiply(scaled, transpose(V));
};
const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

describe("thinSvd", () => {
  it("of a hand-made module: ΔW = [[0, 6], [0, 0]]", () => {
    const { U, S, V } = thinSvd({
      B: Float32Array.of(2, 0),
      A: Float32Array.of(0, 1.5),
      rank: 1,
      inFeatures: 2,
      outFeatures: 2,
      scale: 2,
    });
    expect(S).toBeAllClose([6]);
    expect(U.data.map((value) => value * Math.sign(U.data[0]!))).toBeAllClose([1, 0]);
    expect(V.data.map((value) => value * Math.sign(U.data[0]!))).toBeAllClose([0, 1]);
  });

  it("composes to the update, with orthonormal factors and falling positive values", () => {
    fc.assert(
      fc.property(module, (source) => {
        const { U, S, V } = thinSvd(source);
        expect([U.rows, U.cols, V.rows, V.cols]).toEqual([source.outFeatures, S.length, source.inFeatures, S.length]);
        expect(compose({ U, S, V }).data).toBeAllClose(deltaWeight(source), { rtol: 1e-10, atol: 1e-11 });
        expect(multiply(transpose(U), U).data).toBeAllClose(identity(S.length), { rtol: 0, atol: 1e-10 });
        expect(multiply(transpose(V), V).data).toBeAllClose(identity(S.length), { rtol: 0, atol: 1e-10 });
        for (const [i, value] of S.entries()) expect(value).toBeLessThanOrEqual(S[i - 1] ?? Infinity);
        expect(S.every((value) => value > 0)).toBe(true);
      }),
    );
  });

  it("has the singular values of the dense update", () => {
    fc.assert(
      fc.property(module, (source) => {
        const dense = svd(matrix(source.outFeatures, source.inFeatures, deltaWeight(source))).S;
        const { S } = thinSvd(source);
        const padded = Float64Array.from(dense, (_, i) => S[i] ?? 0);
        expect(padded).toBeAllClose(dense, { rtol: 1e-10, atol: 1e-10 });
      }),
    );
  });

  it("drops directions that the factors do not have", () => {
    const source = { rank: 3, inFeatures: 4, outFeatures: 3, scale: 1 };
    const A = Float32Array.of(1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0);
    const B = Float32Array.of(1, 0, 5, 0, 1, 5, 0, 0, 5);
    expect(thinSvd({ ...source, A, B }).S).toBeAllClose([2, 1]);
    expect(thinSvd({ ...source, A, B }, { tolerance: 0.6 }).S).toBeAllClose([2]);
  });

  it("of a zero update has no values", () => {
    const zero = thinSvd({
      A: new Float32Array(6),
      B: new Float32Array(4),
      rank: 2,
      inFeatures: 3,
      outFeatures: 2,
      scale: 1,
    });
    expect([zero.U.rows, zero.U.cols, zero.S.length, zero.V.rows, zero.V.cols]).toEqual([2, 0, 0, 3, 0]);
    expect(deltaWeight(fromThinSvd(zero, 2))).toEqual(new Float64Array(6));
  });
});

describe("fromThinSvd", () => {
  it("gives the update back, in factors that share the size equally", () => {
    fc.assert(
      fc.property(module, (source) => {
        const terms = thinSvd(source);
        const back = fromThinSvd(terms, source.rank);
        expect(back).toMatchObject({ rank: source.rank, scale: 1 });
        expect([back.A.length, back.B.length]).toEqual([source.A.length, source.B.length]);
        // The factors are stored in float32.
        expect(deltaWeight(back)).toBeAllClose(deltaWeight(source), { rtol: 1e-5, atol: 1e-5 });
        const norm = (values: Float32Array): number => Math.hypot(...values);
        expect(norm(back.A)).toBeCloseTo(norm(back.B), 4);
      }),
    );
  });

  it("fills up with zeros, or keeps the largest terms", () => {
    const terms: ThinSvd = {
      U: matrix(2, 2, [1, 0, 0, 1]),
      S: Float64Array.of(4, 1),
      V: matrix(2, 2, [0, 1, 1, 0]),
    };
    expect(fromThinSvd(terms, 3)).toEqual({
      A: Float32Array.of(0, 2, 1, 0, 0, 0),
      B: Float32Array.of(2, 0, 0, 0, 1, 0),
      rank: 3,
      inFeatures: 2,
      outFeatures: 2,
      scale: 1,
    });
    expect(deltaWeight(fromThinSvd(terms, 1))).toEqual(Float64Array.of(0, 4, 0, 0));
  });
});
