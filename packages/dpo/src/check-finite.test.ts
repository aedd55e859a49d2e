import { expect, it } from "vitest";
import { checkFinite } from "./check-finite.ts";

const update = { loss: 0.5, gradNorm: 2, step: 12, ids: ["a", "b"] };

it("lets numbers pass", () => {
  expect(() => checkFinite(update)).not.toThrow();
});

it.each([
  [{ loss: Number.NaN }, /^step 12: loss — expected a finite number, got NaN;.*pairs a, b$/],
  [{ gradNorm: Infinity }, /^step 12: gradient norm — expected a finite number, got Infinity;.*pairs a, b$/],
])("names step and pairs: %j", (change, message) => {
  const refused = (): void => checkFinite({ ...update, ...change });
  expect(refused).toThrow(message);
  expect(refused).toThrow(expect.objectContaining({ code: "E_NON_FINITE" }));
});
