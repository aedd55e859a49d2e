import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashOrder, unitHash } from "./unit-hash.ts";

test("the hash is the first 12 hexadecimal digits of SHA-256 over 2^48", () => {
  const hex = createHash("sha256").update("Chad").digest("hex").slice(0, 12);
  expect(unitHash("Chad")).toBe(Number.parseInt(hex, 16) / 2 ** 48);
});

test("hashes spread evenly", () => {
  const below = Array.from({ length: 10_000 }, (_, i) => unitHash(`label ${i}`)).filter((u) => u < 0.3).length;
  // Binomial, n = 10,000, p = 0.3: standard deviation 46.
  expect(Math.abs(below - 3000)).toBeLessThan(200);
});

test("hash order is a permutation that does not depend on the order given, and loses only what is taken away", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.nat(), (labels, pick) => {
      const ordered = hashOrder(labels, (label) => label);
      expect(ordered.toSorted()).toEqual(labels.toSorted());
      expect(hashOrder(labels.toReversed(), (label) => label)).toEqual(ordered);
      const removed = labels[pick % labels.length];
      const rest = labels.filter((label) => label !== removed);
      expect(hashOrder(rest, (label) => label)).toEqual(ordered.filter((label) => label !== removed));
    }),
  );
});
