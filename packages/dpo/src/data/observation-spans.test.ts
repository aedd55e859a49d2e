import fc from "fast-check";
import { expect, it } from "vitest";
import { splitObservations } from "./observation-spans.ts";

const observed = (text: string): string[] =>
  splitObservations(text)
    .filter((span) => span.observed)
    .map((span) => span.text);

it("cuts where the environment's text begins and ends", () => {
  expect(splitObservations("<search> X</search><information> X. kind: a</information><answer> a</answer>")).toEqual([
    { text: "<search> X</search>", observed: false },
    { text: "<information> X. kind: a</information>", observed: true },
    { text: "<answer> a</answer>", observed: false },
  ]);
});

it("gives line breaks around an observation to the environment", () => {
  expect(observed("a\n\n<information>one\ntwo</information>\n\nb")).toEqual([
    "\n\n<information>one\ntwo</information>\n\n",
  ]);
});

it("keeps observations apart", () => {
  expect(observed("<information>1</information><information>2</information> x <information></information>")).toEqual([
    "<information>1</information>",
    "<information>2</information>",
    "<information></information>",
  ]);
});

it.each(["", "no tags", "<information> never closed", "</information> never opened"])("finds none in %j", (text) => {
  expect(observed(text)).toEqual([]);
});

it("loses no character", () => {
  const piece = fc.constantFrom("<information>", "</information>", "\n", "a", " ");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const spans = splitObservations(text);
      expect(spans.map((span) => span.text).join("")).toBe(text);
      expect(spans.every((span) => span.text !== "")).toBe(true);
    }),
  );
});
