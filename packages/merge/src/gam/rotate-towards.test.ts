import { columns, hcat, matrix, multiply, principalAngles } from "@prefdelta/linalg";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rotation } from "../__fixtures__/make-modules.ts";
import { rotateTowards } from "./rotate-towards.ts";

const line = (angle: number) => matrix(2, 1, [Math.cos(angle), Math.sin(angle)]);
const halfway = { t: 0.5, limit: Math.PI / 4 };

describe("rotateTowards", () => {
  it.each([0.25, 0.5, 1])("turns a line by the share t = %g of its angle", (t) => {
    const [U, frame] = [line(0.1), line(0.7)];
    expect(rotateTowards(U, { part: U, frame }, { t, limit: 1 }).data).toBeAllClose(line(0.1 + t * 0.6).data, {
      rtol: 1e-13,
    });
  });

  it("turns a tiny angle without dividing by it", () => {
    const U = line(0);
    for (const angle of [0, 1e-12, 1e-8, 1e-6]) {
      const { data } = rotateTowards(U, { part: U, frame: line(angle) }, halfway);
      expect(data).toBeAllClose(line(angle / 2).data, { rtol: 1e-12, atol: 1e-15 });
    }
  });

  it("gives U itself beyond the limit, at t = 0, and without part or frame", () => {
    const [U, none] = [line(0), matrix(2, 0)];
    expect(rotateTowards(U, { part: U, frame: line(0.9) }, halfway)).toBe(U);
    expect(rotateTowards(U, { part: U, frame: line(0.1) }, { t: 0, limit: 1 })).toBe(U);
    expect(rotateTowards(U, { part: none, frame: line(0.1) }, halfway)).toBe(U);
    expect(rotateTowards(U, { part: U, frame: none }, halfway)).toBe(U);
  });

  it("turns only the pairs within the limit", () => {
    const U = matrix(4, 2, [1, 0, 0, 1, 0, 0, 0, 0]);
    const frame = matrix(4, 2, [Math.cos(0.2), 0, 0, Math.cos(1), Math.sin(0.2), 0, 0, Math.sin(1)]);
    const turned = rotateTowards(U, { part: U, frame }, { t: 1, limit: 0.5 });
    expect(turned.data).toBeAllClose([Math.cos(0.2), 0, 0, 1, Math.sin(0.2), 0, 0, 0], { rtol: 1e-12, atol: 1e-14 });
  });

  it("turns a part and keeps the rest where it does not stand in the way", () => {
    const U = matrix(4, 2, [1, 0, 0, 1, 0, 0, 0, 0]);
    const frame = matrix(4, 1, [Math.cos(0.4), 0, Math.sin(0.4), 0]);
    const turned = rotateTowards(U, { part: columns(U, 0, 1), frame }, { t: 1, limit: 0.5 });
    expect(turned.data).toBeAllClose([Math.cos(0.4), 0, 0, 1, Math.sin(0.4), 0, 0, 0], { rtol: 1e-12, atol: 1e-14 });
  });

  it("shares the turn between part and rest when the frame leans into the rest", () => {
    const U = matrix(2, 2, [1, 0, 0, 1]);
    const turned = rotateTowards(U, { part: columns(U, 0, 1), frame: line(0.4) }, { t: 1, limit: 0.5 });
    // [n, e₂] with n at 0.4: the polar factor turns both by half of it, in opposite directions from the frame that is oblique.
    expect(turned.data).toBeAllClose([Math.cos(0.2), -Math.sin(0.2), Math.sin(0.2), Math.cos(0.2)], { rtol: 1e-12 });
  });

  it("is orthonormal, comes nearer to the frame, and does not see the bases", () => {
    const property = fc.property(fc.nat(1e6), fc.double({ min: 0.1, max: 1, noNaN: true }), (seed, t) => {
      const ambient = rotation(`${seed} a`, 7);
      const [U, frame] = [columns(ambient, 0, 3), columns(rotation(`${seed} b`, 7), 0, 2)];
      const options = { t, limit: 1.5 };
      const turned = rotateTowards(U, { part: U, frame }, options);
      expect(multiply(turned, turned, { transA: true }).data).toBeAllClose([1, 0, 0, 0, 1, 0, 0, 0, 1], {
        atol: 1e-13,
      });
      const [before, after] = [principalAngles(U, frame), principalAngles(turned, frame)];
      expect(after).toBeAllClose(before.map((angle) => (angle <= 1.5 ? (1 - t) * angle : angle)).sort(), {
        rtol: 1e-9,
        atol: 1e-9,
      });
      const [O3, O2] = [rotation(`${seed} c`, 3), rotation(`${seed} d`, 2)];
      const other = { part: multiply(U, O3), frame: multiply(frame, O2) };
      expect(rotateTowards(U, other, options).data).toBeAllClose(turned.data, { rtol: 1e-9, atol: 1e-10 });
    });
    fc.assert(property, { numRuns: 40 });
  });

  it("keeps a part's complement orthonormal too", () => {
    const property = fc.property(fc.nat(1e6), (seed) => {
      const U = columns(rotation(`${seed} a`, 6), 0, 4);
      const part = multiply(U, columns(rotation(`${seed} b`, 4), 0, 2));
      const frame = hcat([columns(rotation(`${seed} c`, 6), 0, 2)]);
      const turned = rotateTowards(U, { part, frame }, { t: 1, limit: 1 });
      const gram = multiply(turned, turned, { transA: true }).data;
      expect(gram).toBeAllClose(matrix(4, 4, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]).data, { atol: 1e-12 });
    });
    fc.assert(property, { numRuns: 40 });
  });
});
