import { rowBlocks, type DeltaRows } from "./delta-rows.ts";
import { nthSmallest } from "./nth-smallest.ts";

/** Numbers that are held to select from; where there are more, they are first narrowed down. */
const HELD_AT_ONCE = 1 << 22;

/**
 * The magnitude of the `keep`-th largest entry: as many, and those as large as it, are at least that. Exact, by counting the leading bits
 * of |x| over the stream until few enough candidates are left to hold.
 *
 * @returns Infinity for none, 0 for all
 */
export function magnitudeThreshold(
  delta: Omit<DeltaRows, "weight" | "index">,
  keep: number,
  heldAtOnce = HELD_AT_ONCE,
): number {
  const total = delta.rows * delta.cols;
  if (keep <= 0) return Infinity;
  if (keep >= total) return 0;
  let range: Range = { prefix: 0, shift: 32, above: 0, count: total };
  for (let level = 0; level < 2 && (level === 0 || range.count > heldAtOnce); level++)
    range = narrow(delta, { keep, range });
  return nthSmallest(candidates(delta, range), range.count - (keep - range.above));
}

/** Magnitudes whose high word, without its sign, begins with `prefix` before the last `shift` bits; they hold the wanted one. */
interface Range {
  readonly prefix: number;
  readonly shift: number;
  /** Entries that are larger. */
  readonly above: number;
  /** Entries in it. */
  readonly count: number;
}

/** Of a float64's high word, the first narrowing tells the upper 16 bits apart (sign, exponent, 4 of the fraction), the second the lower 16. */
function narrow(delta: Omit<DeltaRows, "weight" | "index">, { keep, range }: { keep: number; range: Range }): Range {
  const counts = new Uint32Array(1 << 16);
  // Neighbours are often of one size: a count that is in two places need not wait for itself.
  const others = new Uint32Array(1 << 16);
  const isFirst = range.shift === 32;
  for (const words of highWords(delta)) {
    if (isFirst) {
      let i = 1;
      for (; i + 2 < words.length; i += 4) {
        counts[(words[i]! >>> 16) & 0x7fff]!++;
        others[(words[i + 2]! >>> 16) & 0x7fff]!++;
      }
      if (i < words.length) counts[(words[i]! >>> 16) & 0x7fff]!++;
    } else
      for (let i = 1; i < words.length; i += 2)
        if (((words[i]! >>> 16) & 0x7fff) === range.prefix) counts[words[i]! & 0xffff]!++;
  }
  for (const [bin, count] of others.entries()) counts[bin]! += count;
  let above = range.above;
  let bin = counts.length - 1;
  while (above + counts[bin]! < keep) above += counts[bin--]!;
  const prefix = isFirst ? bin : range.prefix * 0x10000 + bin;
  return { prefix, shift: isFirst ? 16 : 0, above, count: counts[bin]! };
}

function candidates(delta: Omit<DeltaRows, "weight" | "index">, { prefix, shift, count }: Range): Float64Array {
  const found = new Float64Array(count);
  const words = new Uint32Array(found.buffer);
  let at = 0;
  for (const read of highWords(delta)) {
    for (let i = 1; i < read.length; i += 2) {
      const word = read[i]! & 0x7fffffff;
      if (word >>> shift !== prefix) continue;
      words[at] = read[i - 1]!;
      words[at + 1] = word;
      at += 2;
    }
  }
  return found;
}

/** The entries as pairs of words of float64, the low one first. */
function* highWords(delta: Omit<DeltaRows, "weight" | "index">): Generator<Uint32Array> {
  for (const [from, to] of rowBlocks(delta)) {
    const read = delta.block(from, to);
    const values = read instanceof Float64Array ? read : Float64Array.from(read);
    yield new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  }
}
