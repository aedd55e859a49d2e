import { matrix, multiply } from "@prefdelta/linalg";
import { describe, expect, it } from "vitest";
import { projectionMean } from "./projection-mean.ts";

const line = (angle: number) => matrix(3, 1, [Math.cos(angle), Math.sin(angle), 0]);

describe("projectionMean", () => {
  it("of two lines at an angle: cos²(θ/2) along the bisector, sin²(θ/2) across", () => {
    const theta = 0.8;
    const { eigenvalues, frame } = projectionMean([
      { basis: line(0), omega: 0.5 },
      { basis: line(theta), omega: 0.5 },
    ]);
    expect(eigenvalues).toBeAllClose([Math.cos(theta / 2) ** 2, Math.sin(theta / 2) ** 2], { rtol: 1e-14 });
    expect(frame(1).data.map(Math.abs)).toBeAllClose(line(theta / 2).data, { rtol: 1e-14 });
  });

  it("has 1 for what all share and ω for what one has alone", () => {
    const planes = [
      { basis: matrix(4, 2, [1, 0, 0, 1, 0, 0, 0, 0]), omega: 0.7 },
      { basis: matrix(4, 2, [1, 0, 0, 0, 0, 1, 0, 0]), omega: 0.3 },
    ];
    const { eigenvalues, frame } = projectionMean(planes);
    expect(eigenvalues).toBeAllClose([1, 0.7, 0.3, 0], { atol: 1e-15 });
    const F = frame(3);
    expect(multiply(F, F, { transA: true }).data).toBeAllClose([1, 0, 0, 0, 1, 0, 0, 0, 1], { atol: 1e-14 });
  });
});
