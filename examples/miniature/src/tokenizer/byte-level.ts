/**
 * GPT-2's byte alphabet: a printable character for each of the 256 bytes, so that any text is a string of known symbols.
 * Printable Latin-1 stands for itself; the other 68 bytes take the code points from 256 on. (Radford et al. 2019, encoder.py)
 */
const byteSymbols: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

/** All 256 symbols by code point. */
export const byteAlphabet: readonly string[] = byteSymbols.toSorted((a, b) => (a < b ? -1 : 1));

/** GPT-2's split into contractions, words, numbers, signs and blanks. */
const words = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Ordinary text as the pieces BPE works within: every digit alone, the rest by GPT-2's split, each in byte symbols. */
export function preTokenize(text: string): string[] {
  const encoder = new TextEncoder();
  return text
    .split(/(\p{N})/u)
    .flatMap((stretch) => stretch.match(words) ?? [])
    .map((word) => Array.from(encoder.encode(word), (byte) => byteSymbols[byte]).join(""));
}
