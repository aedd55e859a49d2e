import { matrix } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { gridMatrix } from "../__fixtures__/make-modules.ts";
import { matrixRows, type DeltaRows } from "./delta-rows.ts";
import { drop, dropByMagnitude, keepAtRandom, matchL1, trim, trimBothEnds } from "./sparsify.ts";

const hand = matrixRows(matrix(2, 3, [5, -1, 0.5, -4, 2, 3]), { weight: 1, index: 0 });
const large = matrixRows(gridMatrix("large", 100, 200), { weight: 1, index: 0 });
const all = ({ rows, block }: DeltaRows): number[] => [...block(0, rows)];
const random = createRandom(1);
const kept = (delta: DeltaRows): number => all(delta).filter((value) => value !== 0).length / delta.rows / delta.cols;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("sparsify", () => {
  it("keeps the largest, and what is as large as the last of them", () => {
    expect(all(trim(hand, 0.5))).toEqual([5, 0, 0, -4, 0, 3]);
    expect(all(trim(hand, 1))).toEqual(all(hand));
    expect(all(trim(hand, 0.01))).toEqual([5, 0, 0, 0, 0, 0]);
    const equal = matrixRows(matrix(1, 4, [1, -1, 1, 0]), { weight: 1, index: 0 });
    expect(all(trim(equal, 0.5))).toEqual([1, -1, 1, 0]);
  });

  it("drops both ends, the outliers giving way to the density", () => {
    expect(all(trimBothEnds(hand, { density: 0.5, gamma: 0.17 }))).toEqual([0, 0, 0, -4, 2, 3]);
    expect(all(trimBothEnds(hand, { density: 0.5, gamma: 0 }))).toEqual([5, 0, 0, -4, 0, 3]);
    expect(all(trimBothEnds(hand, { density: 1, gamma: 0.5 }))).toEqual(all(hand));
    expect(all(trimBothEnds(hand, { density: 0.7, gamma: 0.9 }))).toEqual([0, -1, 0.5, 0, 2, 3]);
  });

  it("drops at random by density, the same entries in every reading and for any division into blocks", () => {
    const thin = drop(large, 0.3, random);
    expect(kept(thin)).toBeGreaterThan(0.28);
    expect(kept(thin)).toBeLessThan(0.32);
    expect([...thin.block(0, 40), ...thin.block(40, 100)]).toEqual(all(thin));
    const before = all(large);
    expect(all(thin)).toEqual(all(thin).map((value, i) => (value === 0 ? value : before[i]! / 0.3)));
    expect(all(drop({ ...large, index: 1 }, 0.3, random))).not.toEqual(all(thin));
    expect(all(drop(large, 1, random))).toEqual(all(large));
  });

  it("drops the small more often than the large, and keeps the expected sum", () => {
    const rising = matrixRows(
      matrix(
        400,
        50,
        Float64Array.from({ length: 20_000 }, (_, i) => 1 + (i % 50)),
      ),
      hand,
    );
    const thin = all(dropByMagnitude(rising, { density: 0.5, epsilon: 0.4, rescale: true }, random));
    const share = (at: number): number => thin.filter((value, i) => i % 50 === at && value !== 0).length / 400;
    expect(share(0)).toBeLessThan(0.2);
    expect(share(49)).toBeGreaterThan(0.8);
    expect(Math.abs(sum(thin) / sum(all(rising)) - 1)).toBeLessThan(0.03);
    expect(thin[49] === 0 || Math.abs(thin[49]! - 50 / 0.9) < 1e-12).toBe(true);
    const single = matrixRows(matrix(500, 1, new Float64Array(500).fill(1)), hand);
    expect(kept(dropByMagnitude(single, { density: 0.5, epsilon: 0.2, rescale: false }, random))).toBeCloseTo(0.5, 1);
  });

  it("matches the sum of magnitudes, except of nothing", () => {
    const thin = matchL1(keepAtRandom(large, 0.5, random), large);
    expect(sum(all(thin).map(Math.abs))).toBeCloseTo(sum(all(large).map(Math.abs)), 6);
    const zero = matrixRows(matrix(1, 2), hand);
    expect(all(matchL1(zero, hand))).toEqual([0, 0]);
  });
});
