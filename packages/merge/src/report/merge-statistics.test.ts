import { describe, expect, it } from "vitest";
import { addStatistics, describeStatistics, type MergeStatistics } from "./merge-statistics.ts";

/** Two orthogonal sources of norms 3 and 4, summed, and a quarter of the energy cut off. */
const statistics: MergeStatistics = {
  gram: [
    [9, 0],
    [0, 16],
  ],
  weighted: [9, 16],
  moved: [0, 4],
  alongSources: [9, 4],
  before: 25,
  after: 16,
  dropped: 4,
  leastDropped: 1,
  merged: 12,
};

describe("describeStatistics", () => {
  it("says norms, cosines and shares", () => {
    expect(describeStatistics(statistics, ["a", "b"])).toEqual({
      sources: [
        { name: "a", norm: 3, retention: 9 / (3 * Math.sqrt(12)), projection: 1, displacement: 0 },
        { name: "b", norm: 4, retention: 4 / (4 * Math.sqrt(12)), projection: 0.25, displacement: 0.5 },
      ],
      cosines: [
        [1, 0],
        [0, 1],
      ],
      norm: Math.sqrt(12),
      normRetention: { before: 5 / 7, after: 4 / 7 },
      interference: { before: 1 - (5 / 7) ** 2, after: 1 - (4 / 7) ** 2 },
      truncationError: 0.5,
      leastTruncationError: 0.25,
    });
  });

  it("has null where a ratio has no meaning", () => {
    const nothing = {
      gram: [[0]],
      weighted: [0],
      moved: [0],
      alongSources: [0],
      before: 0,
      after: 0,
      dropped: 0,
      leastDropped: 0,
      merged: 0,
    };
    expect(describeStatistics(nothing, ["a"])).toEqual({
      sources: [{ name: "a", norm: 0, retention: null, projection: null, displacement: null }],
      cosines: [[null]],
      norm: 0,
      normRetention: { before: null, after: null },
      interference: { before: null, after: null },
      truncationError: 0,
      leastTruncationError: 0,
    });
  });
});

describe("addStatistics", () => {
  it("has displacements only if every module moved its sources", () => {
    const total = addStatistics([statistics, { ...statistics, moved: null }]);
    expect(describeStatistics(total, ["a", "b"]).sources.map(({ displacement }) => displacement)).toEqual([null, null]);
  });

  it("describes modules together as one longer vector", () => {
    const total = addStatistics([statistics, statistics, statistics, statistics]);
    const [one, four] = [statistics, total].map((numbers) => describeStatistics(numbers, ["a", "b"]));
    expect(four!.norm).toBeCloseTo(2 * one!.norm, 12);
    expect(four!.sources.map(({ norm }) => norm)).toEqual([6, 8]);
    expect(four!.sources[1]!.retention).toBeCloseTo(one!.sources[1]!.retention!, 12);
    expect(four!.normRetention.before).toBeCloseTo(one!.normRetention.before!, 12);
  });
});
