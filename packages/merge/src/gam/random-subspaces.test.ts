import { columns, matrix, multiply, principalAngles, thinQr } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { createRandom, normal, type Random } from "@prefdelta/random";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomSubspaces } from "./random-subspaces.ts";
import { randomTriangle } from "./random-triangle.ts";

/** The definition: the span of Gaussian columns. */
const directly = (random: Random, dimension: number, rank: number): Matrix =>
  thinQr(
    matrix(
      dimension,
      rank,
      Array.from({ length: dimension * rank }, () => normal(random)),
    ),
  ).Q;

describe("randomSubspaces", () => {
  it("are orthonormal bases of the ranks asked for, in as few coordinates as they span", () => {
    const bases = randomSubspaces(createRandom(1), 50, [2, 0, 3]);
    expect(bases.map(({ rows, cols }) => [rows, cols])).toEqual([
      [5, 2],
      [5, 0],
      [5, 3],
    ]);
    expect(multiply(bases[2]!, bases[2]!, { transA: true }).data).toBeAllClose([1, 0, 0, 0, 1, 0, 0, 0, 1], {
      atol: 1e-14,
    });
  });

  it.each([
    [30, 2, 3],
    [5, 2, 2],
    [4, 3, 1],
    [2, 1, 1],
  ])("in %i dimensions, ranks %i and %i, meet as spans of Gaussian columns do", (dimension, r1, r2) => {
    const n = 1500;
    const moments = (draw: (random: Random) => readonly [Matrix, Matrix]): number[] => {
      const sums = [0, 0, 0];
      for (let i = 0; i < n; i++) {
        const angles = principalAngles(...draw(createRandom(`${dimension} ${i}`)));
        const cosines = [...angles].map((angle) => Math.cos(angle) ** 2);
        sums[0]! += cosines.reduce((sum, value) => sum + value, 0) / n;
        sums[1]! += cosines[0]! / n;
        sums[2]! += cosines[0]! ** 2 / n;
      }
      return sums;
    };
    const drawn = moments((random) => {
      const [first, second] = randomSubspaces(random, dimension, [r1, r2]);
      return [first!, second!];
    });
    const reference = moments((random) => [
      directly(random.fork("a"), dimension, r1),
      directly(random.fork("b"), dimension, r2),
    ]);
    // E ‖U₁ᵀU₂‖² = r₁r₂/m. All moments lie in [0, 2] with a spread below 0.36: four standard errors of a difference are 0.053.
    expect(drawn[0]).toBeCloseTo((r1 * r2) / dimension, 1);
    expect(drawn).toBeAllClose(reference, { rtol: 0, atol: 0.053 });
  });

  it("have the digits of the whole triangle's decomposition, rows of zeros and all", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
        fc.oneof(fc.constant(4096), fc.integer({ min: 1, max: 60 })),
        fc.integer(),
        (ranks, dimension, seed) => {
          const width = ranks.reduce((sum, rank) => sum + rank, 0);
          const bases = randomSubspaces(createRandom(seed), dimension, ranks);
          const triangle = randomTriangle(createRandom(seed), dimension, width);
          let offset = 0;
          for (const [i, rank] of ranks.entries()) {
            const { Q } = thinQr(columns(triangle, offset, (offset += rank)));
            expect(bases[i]!.cols).toBe(Q.cols);
            expect(bases[i]!.data.every((value, at) => value === Q.data[at])).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("share directions when their ranks add up to more than there is room for", () => {
    const [first, second] = randomSubspaces(createRandom(3), 6, [4, 5]);
    const angles = principalAngles(first!, second!);
    expect(angles.slice(0, 3)).toBeAllClose([0, 0, 0], { atol: 1e-12 });
    expect(angles[3]).toBeGreaterThan(0.01);
  });
});
