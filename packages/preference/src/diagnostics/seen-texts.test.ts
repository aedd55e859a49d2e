import fc from "fast-check";
import { expect, it } from "vitest";
import { createSeenTexts } from "./seen-texts.ts";

it("tells what a set would, beyond several growths", () => {
  const seen = createSeenTexts();
  for (let i = 0; i < 5000; i++) expect(seen(`text ${i}`)).toBe(false);
  for (let i = 0; i < 5000; i++) expect(seen(`text ${i}`)).toBe(true);
  expect(seen("text 5000")).toBe(false);
});

it("tells what a set would of any texts", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 })), (texts) => {
      const [seen, set] = [createSeenTexts(), new Set<string>()];
      for (const text of texts) {
        expect(seen(text)).toBe(set.has(text));
        set.add(text);
      }
    }),
  );
});
