import { columns, matrix } from "@prefdelta/linalg";
import { describe, expect, it } from "vitest";
import { rotation } from "../__fixtures__/make-modules.ts";
import { spanComparer } from "./compare-spans.ts";
import { randomAngles } from "./random-angles.ts";

describe("spanComparer", () => {
  const compare = spanComparer(randomAngles({ seed: 0, draws: 200 }, new Map()));

  it("says angles in degrees and the overlap of the spans", () => {
    const plane = matrix(4, 2, [1, 0, 0, 1, 0, 0, 0, 0]);
    const tilted = matrix(4, 2, [1, 0, 0, 0.5, 0, 0, 0, Math.sqrt(0.75)]);
    const { angles, overlap, randomOverlap } = compare(plane, tilted);
    expect(angles).toBeAllClose([0, 60], { atol: 1e-9 });
    expect(overlap).toBeCloseTo((1 + 0.25) / 2, 12);
    expect(randomOverlap).toBe(0.5);
  });

  it("stands beside what random spaces show: they look like it", () => {
    const [U1, U2] = [columns(rotation("one", 30), 0, 3), columns(rotation("two", 30), 0, 2)];
    const { angles, randomAngles, overlap, randomOverlap } = compare(U1, U2);
    expect(randomOverlap).toBeCloseTo(3 / 30, 12);
    expect(overlap).toBeLessThan(0.3);
    for (const [j, angle] of angles.entries()) expect(Math.abs(angle - randomAngles[j]!)).toBeLessThan(20);
    expect(compare(U2, U1).randomAngles).toBe(randomAngles);
  });

  it("has nothing to say of a zero space", () => {
    const none = { angles: [], randomAngles: [], overlap: null, randomOverlap: null };
    expect(compare(matrix(4, 0), matrix(4, 1, [1, 0, 0, 0]))).toEqual(none);
  });
});
