import fc from "fast-check";
import { expect, it } from "vitest";
import { PromptNumbers } from "./prompt-numbers.ts";

it("numbers texts as a Map of all of them does", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 })), (texts) => {
      const [numbers, known] = [new PromptNumbers(), new Map<string, number>()];
      for (const text of texts) {
        if (!known.has(text)) known.set(text, known.size);
        expect(numbers.numberOf(text)).toBe(known.get(text));
      }
      expect(numbers.count).toBe(known.size);
    }),
  );
});

it("keeps its numbers as it grows", () => {
  const numbers = new PromptNumbers();
  const texts = Array.from({ length: 5000 }, (_, i) => `prompt ${i}`);
  expect(texts.map((text) => numbers.numberOf(text))).toEqual([...texts.keys()]);
  expect(texts.map((text) => numbers.numberOf(text))).toEqual([...texts.keys()]);
});
