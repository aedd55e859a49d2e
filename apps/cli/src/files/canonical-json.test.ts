import fc from "fast-check";
import { expect, test } from "vitest";

import { canonicalJson } from "./canonical-json.ts";
import type { Json } from "./canonical-json.ts";

test("keys are sorted at every depth, lists keep their order", () => {
  expect(canonicalJson({ b: [3, { d: 1, c: null }], a: "x" })).toBe('{"a":"x","b":[3,{"c":null,"d":1}]}');
});

test("the order in which keys were written never shows; data survives", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      const text = canonicalJson(value as Json);
      expect(canonicalJson(reversed as Json)).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
