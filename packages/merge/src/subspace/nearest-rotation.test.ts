import { identity, matrix, multiply } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { gridMatrix, rotation } from "../__fixtures__/make-modules.ts";
import { nearestRotation } from "./nearest-rotation.ts";

const along = (R: Matrix, M: Matrix): number => R.data.reduce((sum, value, i) => sum + value * M.data[i]!, 0);

const determinant = ({ data: [a, b, c, d, e, f, g, h, i] }: Matrix): number =>
  a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);

it("is a rotation, and none is nearer", () => {
  const property = fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
    const M = gridMatrix(`${seed}`, 3, 3);
    const R = nearestRotation(M);
    expect(multiply(R, R, { transA: true }).data).toBeAllClose(identity(3).data, { atol: 1e-12 });
    expect(determinant(R)).toBeCloseTo(1, 12);
    for (let other = 0; other < 20; other++) {
      const O = rotation(`${seed} ${other}`, 3);
      if (determinant(O) > 0) expect(along(O, M)).toBeLessThanOrEqual(along(R, M) + 1e-12);
    }
  });
  fc.assert(property, { numRuns: 30 });
});

it("by hand: undoes a mirror image in the direction that matters least", () => {
  expect(nearestRotation(matrix(2, 2, [3, 0, 0, -1])).data).toBeAllClose([1, 0, 0, 1], { atol: 1e-12 });
  expect(nearestRotation(matrix(2, 2, [0, -2, 2, 0])).data).toBeAllClose([0, -1, 1, 0], { atol: 1e-12 });
});

it("leaves what M says nothing of as it is", () => {
  expect(nearestRotation(matrix(3, 3)).data).toBeAllClose(identity(3).data, { atol: 1e-12 });
  // A turn in the plane of the first two; the third is free.
  const turn = [0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 0];
  const turned = nearestRotation(matrix(3, 3, turn)).data;
  expect(turned).toBeAllClose([...turn.slice(0, 8), 1], { atol: 1e-12 });
  // A mirror image of the first two is a rotation where a third is free.
  expect(nearestRotation(matrix(3, 3, [1, 0, 0, 0, -1, 0, 0, 0, 0])).data).toBeAllClose([1, 0, 0, 0, -1, 0, 0, 0, -1], {
    atol: 1e-12,
  });
});

it("does not see rounding in what is free", () => {
  const property = fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
    const M = multiply(gridMatrix(`${seed} u`, 5, 2), gridMatrix(`${seed} v`, 2, 5));
    const noise = gridMatrix(`${seed} noise`, 5, 5).data;
    const near = { ...M, data: M.data.map((value, i) => value + 1e-15 * noise[i]!) };
    expect(nearestRotation(near).data).toBeAllClose(nearestRotation(M).data, { atol: 1e-6 });
  });
  fc.assert(property, { numRuns: 30 });
});
