import { matrix } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { nullLevels } from "./null-level.ts";
import { projectionMean } from "./projection-mean.ts";
import { randomSubspaces } from "./random-subspaces.ts";

const members = (ranks: readonly number[]) =>
  ranks.map((rank) => ({ basis: matrix(9, rank), omega: 1 / ranks.length }));
const level = (dimension: number, ranks: readonly number[], seed = 0): number =>
  nullLevels({ seed, draws: 20 }, new Map())(dimension, members(ranks));

describe("nullLevels", () => {
  it("is rarely passed by chance: at most 2 of 1,000", () => {
    for (const [dimension, ranks] of [
      [40, [3, 3, 3]],
      [16, [2, 4]],
    ] as const) {
      const limit = level(dimension, ranks);
      const passed = Array.from({ length: 500 }, (_, i) => {
        const bases = randomSubspaces(createRandom(`fresh ${i}`), dimension, ranks);
        return projectionMean(bases.map((basis) => ({ basis, omega: 1 / ranks.length }))).eigenvalues[0]! > limit;
      });
      expect(passed.filter(Boolean).length).toBeLessThanOrEqual(1);
    }
  });

  it("lies well below full agreement where there is room, and at or above it where there is none", () => {
    // Free probability's edge for three spaces of a tenth of the dimensions: (1 + α + 2√(2α(1 − α)))/3 ≈ 0.65
    expect(level(80, [8, 8, 8])).toBeGreaterThan(0.6);
    expect(level(80, [8, 8, 8])).toBeLessThan(0.8);
    expect(level(400, [8, 8, 8])).toBeLessThan(0.6);
    expect(level(6, [4, 4])).toBeGreaterThanOrEqual(1 - 1e-12);
  });

  it("leaves room for what all share, wherever chance does not share it too", () => {
    for (const ranks of [
      [1, 1],
      [2, 3],
      [1, 1, 1],
    ]) {
      for (const dimension of [6, 20]) expect(level(dimension, ranks)).toBeLessThan(1);
    }
  });

  it("depends on seed, dimension, ranks and shares alone", () => {
    const levels = nullLevels({ seed: 0, draws: 20 }, new Map());
    const first = levels(20, members([2, 3]));
    levels(30, members([2, 3]));
    expect(levels(20, members([3, 2]))).toBe(first);
    expect(level(20, [3, 2])).toBe(first);
    expect(levels(20, [...members([2, 3]), { basis: matrix(9, 0), omega: 0 }])).toBe(first);
    expect(level(20, [2, 3], 1)).not.toBe(first);
    const uneven = [2, 3].map((rank, i) => ({ basis: matrix(9, rank), omega: [0.9, 0.1][i]! }));
    expect(levels(20, uneven)).not.toBe(first);
  });
});
