import fc from "fast-check";
import { expect, test } from "vitest";
import { byteAlphabet, preTokenize } from "./byte-level.ts";

test("256 different printable symbols, a blank being Ġ and a line feed Ċ", () => {
  expect(new Set(byteAlphabet).size).toBe(256);
  expect(byteAlphabet.every((symbol) => /^[^\s\p{C}]$/u.test(symbol))).toBe(true);
  expect(preTokenize(" \n")).toEqual(["ĠĊ"]);
});

test.each([
  [" Which currency has Chad?", ["ĠWhich", "Ġcurrency", "Ġhas", "ĠChad", "?"]],
  [" What is 12+3?", ["ĠWhat", "Ġis", "Ġ", "1", "2", "+", "3", "?"]],
  [" N'Djamena .td", ["ĠN", "'", "Djamena", "Ġ.", "td"]],
  ["São", ["SÃ£o"]],
  ["", []],
])("%j is split at blanks, signs and digits", (text, pieces) => {
  expect(preTokenize(text)).toEqual(pieces);
});

test("pieces spell the text's bytes", () => {
  const printable = (byte: number): boolean =>
    (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad && byte < 0x100);
  const rest = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !printable(byte));
  const byteOf = (symbol: string): number => {
    const point = symbol.codePointAt(0) ?? 0;
    return point < 256 ? point : (rest[point - 256] ?? -1);
  };
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const bytes = Array.from(preTokenize(text).join(""), byteOf);
      expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(text);
    }),
  );
});
