import { matrix } from "@prefdelta/linalg";
import { describe, expect, it } from "vitest";
import { matrixRows } from "./delta-rows.ts";
import { electedRows, mergekitElection, peftElection, type Election } from "./elected-rows.ts";

/** Rows of two adapters: 3 and −1; equal and opposite; one zero; both of one sign; both zero. */
const merge = (election: Election, weights = [1, 2]): number[] => {
  const values = [
    [3, 1, 0, 2, 0],
    [-1, -1, -4, 4, 0],
  ];
  const deltas = values.map((row, index) => matrixRows(matrix(1, 5, row), { weight: weights[index]!, index }));
  return [...electedRows(deltas, election)(0, 1)];
};

describe("electedRows", () => {
  it("as PEFT: signs without weights, + when even, divided by how many agree", () => {
    expect(merge(peftElection())).toEqual([3, 1, -8, (2 + 8) / 2, 0]);
    expect(merge(peftElection("signs"))).toEqual([3, 1, -8, 5, 0]);
  });

  it("as mergekit: signs with weights, divided by the weights that agree or by nothing", () => {
    expect(merge(mergekitElection("weights"))).toEqual([3, -1, -4, 10 / 3, 0]);
    expect(merge(mergekitElection("none"))).toEqual([3, -2, -8, 10, 0]);
    expect(merge(mergekitElection("none"), [1, 5])).toEqual([-5, -5, -20, 22, 0]);
    expect(merge(mergekitElection("none", "signs"), [1, 5])).toEqual([3, 1, -20, 22, 0]);
  });

  it("a negative weight turns a value, and its vote only where votes are weighted", () => {
    expect(merge(peftElection(), [1, -1])).toEqual([3, 1, 4, (2 - 4) / 2, 0]);
    expect(merge(mergekitElection("none"), [1, -1])).toEqual([4, 2, 4, -4, 0]);
  });

  it("an even vote takes the majority's sign if asked to", () => {
    const columns = [
      [1, -5, -5],
      [-1, 0, 0],
    ];
    const deltas = columns.map((row, index) => matrixRows(matrix(1, 3, row), { weight: 1, index }));
    expect([...electedRows(deltas, { ...peftElection(), even: "majority" })(0, 1)]).toEqual([-1, -5, -5]);
    expect([...electedRows(deltas, peftElection())(0, 1)]).toEqual([1, -5, -5]);
  });
});
