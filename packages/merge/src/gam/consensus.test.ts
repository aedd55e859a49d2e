import { columns, hcat, matrix, principalAngles } from "@prefdelta/linalg";
import { describe, expect, it } from "vitest";
import { rotation } from "../__fixtures__/make-modules.ts";
import { consensus, leadingConsensus } from "./consensus.ts";
import type { Member } from "./projection-mean.ts";

const space = rotation("space", 12);
const axis = (i: number) => columns(space, i, i + 1);
const theta0 = Math.PI / 4;
const gate = { theta0, nullLevel: null };

/** Each member holds these axes; shares are equal. */
const membersOf = (...axes: readonly (readonly number[])[]): Member[] =>
  axes.map((held) => ({ basis: held.length === 0 ? matrix(12, 0) : hcat(held.map(axis)), omega: 1 / axes.length }));

describe("consensus", () => {
  it("counts what all share, and not what one or two of five have", () => {
    const { rank, threshold, eigenvalues, frame } = consensus(
      membersOf([0, 1, 2], [0, 1, 3], [0, 1, 2], [0, 1, 4], [0, 1, 5]),
      12,
      gate,
    );
    expect(rank).toBe(2);
    expect(threshold).toBeCloseTo((1 + 4 * Math.cos(theta0) ** 2) / 5, 14);
    expect(eigenvalues.slice(0, 6)).toBeAllClose([1, 1, 0.4, 0.2, 0.2, 0.2], { atol: 1e-12 });
    expect(principalAngles(frame, hcat([axis(0), axis(1)]))).toBeAllClose([0, 0], { atol: 1e-12 });
  });

  it("counts a direction that is exactly at the threshold: two of three at 45°", () => {
    expect(consensus(membersOf([0], [0], [1]), 12, gate).rank).toBe(1);
    expect(consensus(membersOf([0], [0], [1]), 12, { ...gate, theta0: 0.78 }).rank).toBe(0);
  });

  it("asks more when one member weighs more", () => {
    const [first, second] = membersOf([0, 1], [0, 2]);
    const { rank, threshold } = consensus(
      [
        { ...first!, omega: 0.9 },
        { ...second!, omega: 0.1 },
      ],
      12,
      gate,
    );
    expect(threshold).toBeCloseTo(0.95, 14);
    expect(rank).toBe(1);
  });

  it("counts only what chance does not reach", () => {
    const members = membersOf([0, 1], [0, 1]);
    const at = (level: number) => consensus(members, 12, { theta0, nullLevel: () => level });
    expect([at(0.5).rank, at(0.999).rank, at(1).rank, at(1.2).rank]).toEqual([2, 2, 0, 0]);
    expect([at(0.5).threshold, at(0.999).threshold]).toBeAllClose([0.75, 0.999], { rtol: 1e-14 });
  });

  it("needs two that have anything", () => {
    expect(consensus(membersOf([0, 1]), 12, gate)).toMatchObject({ rank: 0, frame: { rows: 12, cols: 0 } });
    expect(consensus(membersOf([0, 1], []), 12, gate).rank).toBe(0);
    expect(consensus([], 12, gate).rank).toBe(0);
  });
});

describe("leadingConsensus", () => {
  it("takes as many directions as the smallest member has, shared or not", () => {
    const { rank, frame } = leadingConsensus(membersOf([0, 1], [0, 2, 3]));
    expect(rank).toBe(2);
    expect(principalAngles(frame, axis(0))).toBeAllClose([0], { atol: 1e-12 });
    expect(leadingConsensus(membersOf([0])).rank).toBe(0);
    expect(leadingConsensus([]).rank).toBe(0);
  });
});
