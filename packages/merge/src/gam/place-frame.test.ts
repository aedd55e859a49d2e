import { matrix, multiply, principalAngles, thinQr } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridMatrix, rotation } from "../__fixtures__/make-modules.ts";
import { placeFrame, type FrameOptions } from "./place-frame.ts";
import { projectionMean, type Member } from "./projection-mean.ts";

/** The direction at an angle from the first axis, in the plane. */
const direction = (degrees: number): Matrix => {
  const radians = (degrees * Math.PI) / 180;
  return matrix(2, 1, [Math.cos(radians), Math.sin(radians)]);
};
const members = (bases: readonly Matrix[], shares = bases.map(() => 1 / bases.length)): Member[] =>
  bases.map((basis, i) => ({ basis, omega: shares[i]! }));
const place = (given: readonly Member[], rank: number, options: Partial<FrameOptions>) =>
  placeFrame(projectionMean(given).frame(rank), given, { frame: "projection", reference: 0, ...options });
const degreesApart = (one: Matrix, two: Matrix): number => (Math.max(...principalAngles(one, two)) * 180) / Math.PI;

describe("the Karcher frame", () => {
  it("of directions in a plane is at the mean of their angles, by shares; that of projections is not", () => {
    const given = members([direction(0), direction(10), direction(40)], [0.5, 0.25, 0.25]);
    expect(degreesApart(place(given, 1, { frame: "karcher" }), direction(12.5))).toBeCloseTo(0, 6);
    expect(degreesApart(place(given, 1, {}), direction(12.5))).toBeGreaterThan(0.5);
  });

  it("has orthonormal columns, does not see the order, and turns with its space", () => {
    const property = fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const common = gridMatrix(`${seed}`, 12, 3);
      const given = members(
        [0, 1, 2].map((i) => {
          const noise = gridMatrix(`${seed} ${i}`, 12, 3);
          return thinQr({ ...common, data: common.data.map((value, e) => value + 0.3 * noise.data[e]!) }).Q;
        }),
        [0.5, 0.3, 0.2],
      );
      const found = place(given, 2, { frame: "karcher" });
      expect(multiply(found, found, { transA: true }).data).toBeAllClose([1, 0, 0, 1], { atol: 1e-12 });
      expect(degreesApart(found, place(given.toReversed(), 2, { frame: "karcher" }))).toBeLessThan(1e-9);
      const O = rotation(`${seed} O`, 12);
      const turned = given.map(({ basis, omega }) => ({ basis: multiply(O, basis), omega }));
      expect(degreesApart(place(turned, 2, { frame: "karcher" }), multiply(O, found))).toBeLessThan(1e-9);
    });
    fc.assert(property, { numRuns: 12 });
  });

  it("asks only members with as many directions", () => {
    const plane = matrix(3, 2, [1, 0, 0, 1, 0, 0]);
    const line = matrix(3, 1, [0, 0, 1]);
    const found = placeFrame(plane, members([plane, line]), { frame: "karcher", reference: 0 });
    expect(degreesApart(found, plane)).toBe(0);
    const start = placeFrame(plane, members([line]), { frame: "karcher", reference: 0 });
    expect(start).toBe(plane);
  });
});

describe("the reference's frame", () => {
  it("is where that member has the directions", () => {
    const given = members([direction(0), direction(20)]);
    expect(degreesApart(place(given, 1, { frame: "reference" }), direction(0))).toBeCloseTo(0, 9);
    expect(degreesApart(place(given, 1, { frame: "reference", reference: 1 }), direction(20))).toBeCloseTo(0, 9);
  });

  it("has no more directions than the reference, and none without it", () => {
    const plane = matrix(3, 2, [1, 0, 0, 1, 0, 0]);
    const given = members([plane, matrix(3, 1, [1, 0, 0])]);
    expect(placeFrame(plane, given, { frame: "reference", reference: 1 }).cols).toBe(1);
    expect(placeFrame(plane, given, { frame: "reference", reference: -1 })).toMatchObject({ rows: 3, cols: 0 });
  });
});
