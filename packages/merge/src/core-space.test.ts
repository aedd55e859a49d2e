import { describe, expect, it } from "vitest";
import { denseOf, relatedModules, sourcesOf } from "./__fixtures__/make-modules.ts";
import { coreDelta, coreSpace, weightedSum } from "./core-space.ts";
import { identity, multiply, scale } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";

describe("coreSpace", () => {
  const sources = sourcesOf(relatedModules(1, { ranks: [2, 3] }), [2, -1]);
  const space = coreSpace(sources);
  const lift = (core: Matrix) =>
    multiply(space.left.times(core), space.right.times(identity(core.cols)), { transB: true });

  it("loses nothing and is as small as the sum of the ranks", () => {
    expect(space).toMatchObject({
      left: { rows: 24, cols: 5 },
      right: { rows: 20, cols: 5 },
    });
    for (const [i, source] of space.sources.entries()) {
      expect(source.weight).toBe(sources[i]!.weight);
      expect(lift(coreDelta(source)).data).toBeAllClose(denseOf(sources[i]!).data, { rtol: 1e-12, atol: 1e-12 });
    }
  });

  it("sums with the weights", () => {
    const [a, b] = sources.map(denseOf);
    const expected = scale(a!, 2).data.map((value, i) => value - b!.data[i]!);
    expect(lift(weightedSum(space, space.sources)).data).toBeAllClose(expected, { rtol: 1e-12, atol: 1e-12 });
  });

  it("is no larger than the layer, and may be empty", () => {
    const wide = coreSpace(sourcesOf(relatedModules(2, { outFeatures: 4, inFeatures: 5, ranks: [3, 3, 3] })));
    expect([wide.left.cols, wide.right.cols]).toEqual([4, 5]);
    const zero = relatedModules(3).map((module) => ({ ...module, B: new Float32Array(module.B.length) }));
    const empty = coreSpace(sourcesOf(zero));
    expect([empty.left.cols, empty.right.cols]).toEqual([0, 0]);
    expect(weightedSum(empty, empty.sources).data).toHaveLength(0);
  });
});
