import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orthonormal } from "./__fixtures__/arbitrary-matrix.ts";
import { matrix } from "./matrix.ts";
import { multiply } from "./multiply.ts";
import { principalAngles } from "./principal-angles.ts";

/** Two planes of R⁴ that are turned against one another by the two angles. */
const planes = (a: number, b: number) =>
  [
    matrix(4, 2, [1, 0, 0, 1, 0, 0, 0, 0]),
    matrix(4, 2, [Math.cos(a), 0, 0, Math.cos(b), Math.sin(a), 0, 0, Math.sin(b)]),
  ] as const;

describe("principalAngles", () => {
  it.each([
    [0.3, 1.2],
    [1e-9, 1e-5],
    [0, Math.PI / 2],
  ])("between planes turned by %g and %g", (a, b) => {
    expect(principalAngles(...planes(a, b))).toBeAllClose([a, b], { rtol: 1e-12, atol: 1e-15 });
  });

  it("asks for the spaces, not for their bases, and does not mind the order", () => {
    fc.assert(
      fc.property(orthonormal(6, 3), orthonormal(6, 2), orthonormal(3, 3), (U1, U2, turn) => {
        const angles = principalAngles(U1, U2);
        expect(angles).toHaveLength(2);
        expect(principalAngles(multiply(U1, turn), U2)).toBeAllClose(angles, { rtol: 1e-9, atol: 1e-13 });
        expect(principalAngles(U2, U1)).toBeAllClose(angles, { rtol: 1e-9, atol: 1e-13 });
      }),
    );
  });

  it("is zero between a space and itself, to the last digits", () => {
    fc.assert(
      fc.property(orthonormal(5, 3), (U) => {
        expect(principalAngles(U, U)).toBeAllClose([0, 0, 0], { atol: 1e-14 });
      }),
    );
  });

  it("with the zero space has none; with another height is refused", () => {
    expect(principalAngles(matrix(3, 0), matrix(3, 1, [1, 0, 0]))).toHaveLength(0);
    expect(() => principalAngles(matrix(3, 1), matrix(2, 1))).toThrow(expect.objectContaining({ code: "E_SHAPE" }));
  });
});
