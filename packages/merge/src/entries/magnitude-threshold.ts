import { rowBlocks, type DeltaRows } from "./delta-rows.ts";

/** As many numbers are sorted at once; more are first narrowed down. */
const SORTED_AT_ONCE = 1 << 15;

/**
 * The magnitude of the `keep`-th largest entry: as many, and those as large as it, are at least that. Exact, by counting the leading bits
 * of |x| over the stream until few enough candidates are left to sort; no more of the matrix is held than those.
 *
 * @returns Infinity for none, 0 for all
 */
export function magnitudeThreshold(
  delta: Omit<DeltaRows, "weight" | "index">,
  keep: number,
  sortedAtOnce = SORTED_AT_ONCE,
): number {
  const total = delta.rows * delta.cols;
  if (keep <= 0) return Infinity;
  if (keep >= total) return 0;
  let range: Range = { from: 0, until: Infinity, above: 0, count: total };
  for (let level = 0; level < 2 && range.count > sortedAtOnce; level++) range = narrow(delta, { keep, range, level });
  const candidates = new Float64Array(range.count);
  let at = 0;
  for (const sizes of magnitudes(delta)) {
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[i]!;
      if (size >= range.from && size < range.until) candidates[at++] = size;
    }
  }
  candidates.sort();
  return candidates[range.count - (keep - range.above)]!;
}

/** Magnitudes in [from, until) that hold the wanted one. */
interface Range {
  readonly from: number;
  readonly until: number;
  /** Entries at or beyond `until`. */
  readonly above: number;
  /** Entries in it. */
  readonly count: number;
}

/** Of a float64's high word, level 0 tells the upper 16 bits apart (sign, exponent, 4 of the fraction), level 1 the lower 16. */
function narrow(
  delta: Omit<DeltaRows, "weight" | "index">,
  { keep, range, level }: { keep: number; range: Range; level: number },
): Range {
  const counts = new Float64Array(1 << 16);
  const shift = level === 0 ? 16 : 0;
  for (const sizes of magnitudes(delta)) {
    const words = new Uint32Array(sizes.buffer);
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[i]!;
      if (size >= range.from && size < range.until) counts[(words[2 * i + 1]! >>> shift) & 0xffff]!++;
    }
  }
  let above = range.above;
  let bin = counts.length - 1;
  while (above + counts[bin]! < keep) above += counts[bin--]!;
  const start = highWord(range.from) + bin * 2 ** shift;
  return { from: ofHighWord(start), until: ofHighWord(start + 2 ** shift), above, count: counts[bin]! };
}

function* magnitudes(delta: Omit<DeltaRows, "weight" | "index">): Generator<Float64Array<ArrayBuffer>> {
  for (const [from, to] of rowBlocks(delta)) {
    const sizes = new Float64Array(delta.block(from, to));
    for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(sizes[i]!);
    yield sizes;
  }
}

const highWord = (value: number): number => new Uint32Array(Float64Array.of(value).buffer)[1]!;

const ofHighWord = (word: number): number => new Float64Array(Uint32Array.of(0, word).buffer)[0]!;
