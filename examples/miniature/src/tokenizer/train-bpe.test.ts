import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "./__fixtures__/bpe.json" with { type: "json" };
import { byteAlphabet, preTokenize } from "./byte-level.ts";
import { trainBpe } from "./train-bpe.ts";

const train = (counts: Record<string, number>, vocabularySize: number) =>
  trainBpe(new Map(Object.entries(counts)), {
    vocabularySize,
    specialTokens: ["<s>"],
    alphabet: "delnorstw".split(""),
  });

describe("by hand", () => {
  const counts = { low: 5, lower: 2, newest: 6, west: 3 };

  test("the most frequent pair first, of equals the one with the smaller ids", () => {
    const { merges, vocabulary } = train(counts, 13);
    expect(merges).toEqual([
      ["w", "e"], // 11 = 2 + 6 + 3
      ["s", "t"], // 9, as (we, s) has, whose first id is larger
      ["we", "st"], // 9
    ]);
    expect(vocabulary.get("<s>")).toBe(0);
    expect(vocabulary.get("d")).toBe(1);
    expect(vocabulary.get("west")).toBe(12);
    expect(vocabulary.size).toBe(13);
  });

  test("training stops when nothing is left to merge", () => {
    const { merges } = train({ low: 1 }, 100);
    expect(merges).toEqual([
      ["l", "o"],
      ["lo", "w"],
    ]);
  });

  test("a repeated symbol is merged from the left, without overlap", () => {
    const { merges } = train({ ooooo: 1 }, 100);
    expect(merges).toEqual([
      ["o", "o"], // oo oo o
      ["oo", "o"], // oo ooo, each pair once: (oo,oo) has larger ids than (oo,o)
      ["oo", "ooo"],
    ]);
  });

  test("a symbol outside the alphabet is an error", () => {
    expect(() => train({ xyz: 1 }, 20)).toThrow(/"x" is not in the alphabet/);
  });
});

test("merges applied in their order rebuild every token, and ids are dense", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("l", "o", "w", "e", "s", "t"), minLength: 1 }), { minLength: 1 }),
      (words) => {
        const counts = Object.fromEntries(words.map((word, i) => [word, 1 + (i % 3)]));
        const { vocabulary, merges } = train(counts, 30);
        expect([...vocabulary.values()]).toEqual(Array.from({ length: vocabulary.size }, (_, i) => i));
        for (const [left, right] of merges) {
          const merged = vocabulary.get(left + right) ?? -1;
          expect(merged).toBeGreaterThan(9);
          for (const part of [left, right]) expect(vocabulary.has(part)).toBe(true);
        }
      },
    ),
  );
});

test("the same vocabulary and merges as Hugging Face tokenizers (tooling/peers/miniature_bpe.py)", () => {
  const counts = new Map<string, number>();
  for (const word of golden.texts.flatMap(preTokenize)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const { vocabulary, merges } = trainBpe(counts, {
    vocabularySize: golden.vocabularySize,
    specialTokens: golden.specialTokens,
    alphabet: byteAlphabet,
  });
  expect(merges).toEqual(golden.merges);
  expect(Object.fromEntries(vocabulary)).toEqual(golden.vocabulary);
});
