import { matrix, multiply } from "@prefdelta/linalg";
import { createRandom } from "@prefdelta/random";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { gridMatrix } from "../__fixtures__/make-modules.ts";
import { clusterPoints } from "./cluster-points.ts";

const clustersOf = (points: readonly (readonly number[])[], clusters: number, seed = 0): number[][] => {
  const rows = matrix(points.length, points[0]!.length, points.flat());
  const products = multiply(rows, rows, { transB: true });
  const found = clusterPoints(products, { clusters, starts: 10, random: createRandom(seed) });
  return found.toSorted(([a], [b]) => a! - b!);
};

it("finds what lies together", () => {
  const points = [
    [0, 0],
    [10, 0],
    [0, 1],
    [10, 1],
    [0, -1],
    [30, 0],
  ];
  expect(clustersOf(points, 3)).toEqual([[0, 2, 4], [1, 3], [5]]);
  expect(clustersOf(points, 2)).toEqual([[0, 1, 2, 3, 4], [5]]);
});

it("has no more clusters than different points", () => {
  expect(
    clustersOf(
      [
        [1, 2],
        [1, 2],
        [3, 4],
        [3, 4],
        [1, 2],
      ],
      4,
    ),
  ).toEqual([
    [0, 1, 4],
    [2, 3],
  ]);
  expect(clustersOf([[0], [0]], 2)).toEqual([[0, 1]]);
});

it("puts every point into the cluster whose mean is nearest, and leaves none empty", () => {
  const property = fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 8 }), (seed, clusters) => {
    const { data } = gridMatrix(`${seed}`, 8, 3);
    const points = Array.from({ length: 8 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)]);
    const found = clustersOf(points, clusters, seed);
    expect(found.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const means = found.map((own) =>
      [0, 1, 2].map((e) => own.reduce((sum, x) => sum + points[x]![e]!, 0) / own.length),
    );
    const distance = (x: number, mean: readonly number[]): number =>
      Math.hypot(...mean.map((m, e) => m - points[x]![e]!));
    for (const [cluster, own] of found.entries()) {
      for (const x of own) {
        const nearest = Math.min(...means.map((mean) => distance(x, mean)));
        expect(distance(x, means[cluster]!)).toBeLessThan(nearest + 1e-9);
      }
    }
  });
  fc.assert(property, { numRuns: 30 });
});
