import fc from "fast-check";
import { expect, it } from "vitest";
import { retryAfter, retryDelay } from "./retry-delay.ts";

it.each([
  ["2", 2000],
  ["0.5", 500],
  ["-3", 0],
  ["Wed, 21 Oct 2015 07:28:03 GMT", 3000],
  ["Wed, 21 Oct 2015 07:27:00 GMT", 0],
  ["Thu, 22 Oct 2099 07:28:00 GMT", 3_600_000],
  ["soon", undefined],
  ["", undefined],
  [null, undefined],
])("reads Retry-After %j", (header, ms) => {
  expect(retryAfter(header, Date.parse("Wed, 21 Oct 2015 07:28:00 GMT"))).toBe(ms);
});

it("doubles up to the highest wait", () => {
  const backoff = { first: 500, max: 30_000 };
  const waits = [0, 1, 2, 6, 50].map((retry) => retryDelay({ retry, backoff, after: undefined, uniform: 0.5 }));
  expect(waits).toEqual([250, 500, 1000, 15_000, 15_000]);
});

it("stays below the bound, and never comes before the server's time", () => {
  const backoff = { first: 500, max: 30_000 };
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.option(fc.nat(10_000), { nil: undefined }),
      (retry, uniform, after) => {
        const ms = retryDelay({ retry, backoff, after, uniform });
        expect(ms).toBeGreaterThanOrEqual(after ?? 0);
        expect(ms).toBeLessThanOrEqual((after ?? 0) + backoff.max);
      },
    ),
  );
});
