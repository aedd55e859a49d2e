import { multiply, scale as scaled } from "@prefdelta/linalg";
import { describe, expect, it } from "vitest";
import { denseModule, gridMatrix, moduleOf, rotation } from "../__fixtures__/make-modules.ts";
import { spaceOf } from "../combine-module.ts";
import { collectRows } from "../entries/delta-rows.ts";
import { rowsInBasis } from "./rows-in-basis.ts";

const space = (outFeatures: number, inFeatures: number, ranks = [3, 2]) => {
  const modules = ranks.map((rank, i) =>
    moduleOf(gridMatrix(`B${i}`, outFeatures, rank), gridMatrix(`A${i}`, rank, inFeatures), 0.5 + i),
  );
  return {
    modules,
    whole: spaceOf(modules.map((module, index) => ({ module, weight: 2 - index, index: 3 * index }))),
  };
};

describe("rowsInBasis", () => {
  it.each([
    { outFeatures: 24, inFeatures: 20, float: false, tolerance: 1e-12 },
    // More than four million entries.
    { outFeatures: 4200, inFeatures: 1000, float: true, tolerance: 1e-5 },
  ])("are the updates, seen from the basis: %j", ({ outFeatures, inFeatures, float, tolerance }) => {
    const { modules, whole } = space(outFeatures, inFeatures);
    const basis = rotation("basis", 5);
    const written = whole.left.times(basis);
    // By the stored factors, and by the SVDs of a space that has none.
    for (const { factors, ...bare } of [whole, { ...whole, factors: undefined }]) {
      const { deltas, close, ...formed } = rowsInBasis(factors === undefined ? bare : { ...bare, factors }, basis);
      expect(formed.float).toBe(float);
      for (const [i, delta] of deltas.entries()) {
        expect(delta).toMatchObject({ rows: 5, cols: inFeatures, weight: 2 - i, index: 3 * i });
        const expected = multiply(written, denseModule(modules[i]!), { transA: true });
        const found = collectRows(delta.block, delta);
        const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(scaled(found, 1 / largest).data).toBeAllClose(scaled(expected, 1 / largest).data, { atol: tolerance });
      }
      close();
    }
  });
});
