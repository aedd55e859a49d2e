import { frobeniusNorm, multiply, scaleColumns } from "@prefdelta/linalg";
import { expect, it } from "vitest";
import { denseModule, relatedModules } from "../__fixtures__/make-modules.ts";
import { mergedTerms } from "../combine-module.ts";
import { innerProduct } from "../core-space.ts";
import { mergeOptionsSchema } from "../merge-options.ts";
import { moduleMerger } from "../module-merger.ts";
import { moduleStatistics } from "./module-statistics.ts";

const modules = relatedModules(5);
const sources = modules.map((module, index) => ({ module, weight: 1, index }));

// A basis of the result's own on neither side, on the right one, and on both.
it.each(["tsv", "knots", "ties"] as const)("is what the cut update and the sources in full say: %s", (method) => {
  const combined = moduleMerger(mergeOptionsSchema.parse({ method }))("module", sources);
  const asked = { places: [0, 1, 2], adapterCount: 3, rank: 2, scale: 1.5 };
  const { U, S, V } = mergedTerms(combined, 2);
  const merged = multiply(scaleColumns(U, S), V, { transB: true });
  const deltas = modules.map(denseModule);
  const found = moduleStatistics(combined, asked);
  const close = { rtol: 1e-9, atol: 1e-9 * found.before };
  expect(found.alongSources).toBeAllClose(
    deltas.map((delta) => 1.5 * innerProduct(merged, delta)),
    close,
  );
  expect(found.gram.flat()).toBeAllClose(
    deltas.flatMap((delta) => deltas.map((other) => innerProduct(delta, other))),
    close,
  );
  expect([found.merged, found.after - found.dropped]).toBeAllClose(
    [2.25 * frobeniusNorm(merged) ** 2, frobeniusNorm(merged) ** 2],
    close,
  );
  // Terms that are there already are not written again, and say the same.
  const written = { U, V };
  expect(moduleStatistics(combined, { ...asked, written })).toEqual(found);
});
