import { expect, it } from "vitest";
import { createConcurrencyLimit } from "./concurrency-limit.ts";

const window = (limit: ReturnType<typeof createConcurrencyLimit>, turnedAway: number) => {
  const requests = limit.current;
  for (let i = 0; i < requests; i++) limit.report(i < turnedAway);
  return limit.current;
};

it("doubles until the first overload, falls by three tenths, then rises slowly", () => {
  const limit = createConcurrencyLimit(100);
  expect([limit.current, window(limit, 0), window(limit, 0), window(limit, 10)]).toEqual([16, 32, 64, 44]);
  expect([window(limit, 0), window(limit, 0)]).toEqual([47, 49]);
});

it("takes a tenth of errors for chance", () => {
  const limit = createConcurrencyLimit(256);
  for (let i = 0; i < 6; i++) window(limit, Math.floor(limit.current / 10));
  expect(limit.current).toBe(256);
});

it("stays within 1 and the highest", () => {
  const limit = createConcurrencyLimit(4);
  expect(limit.current).toBe(4);
  for (let i = 0; i < 20; i++) window(limit, limit.current);
  expect(limit.current).toBe(1);
  for (let i = 0; i < 20; i++) window(limit, 0);
  expect(limit.current).toBe(4);
});
