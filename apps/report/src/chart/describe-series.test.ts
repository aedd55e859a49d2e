import { expect, test } from "vitest";

import { describeSeries } from "./describe-series.ts";

const describe = (...values: (number | null)[]): string =>
  describeSeries(
    { name: "loss", style: "first", points: values.map((y, i) => ({ x: 10 * i, y })) },
    { x: "step", format: (value) => value.toFixed(1) },
  );

test("a line is told by its ends and its extremes", () => {
  expect(describe(2, 3, 0.5, 1)).toBe(
    "loss: 2.0 at step 0, 1.0 at step 30; lowest 0.5 at step 20, highest 3.0 at step 10.",
  );
});

test("of equals the first; gaps are not told", () => {
  expect(describe(null, 1, null, 1, null)).toBe(
    "loss: 1.0 at step 10, 1.0 at step 30; lowest 1.0 at step 10, highest 1.0 at step 10.",
  );
});

test("one value, and none", () => {
  expect(describe(null, 4)).toBe("loss: 4.0 at step 10.");
  expect(describe(null)).toBe("loss: no values.");
  expect(describe()).toBe("loss: no values.");
});
