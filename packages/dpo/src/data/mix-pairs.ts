import { type Random, sample } from "@prefdelta/random";
import { DpoError } from "../errors.ts";

export interface PairSource<T> {
  /** Begins to read the source, which is read again for every copy of its pairs. */
  readonly read: () => Iterable<T> | AsyncIterable<T>;
  /** How many times the source's pairs are in the mix: 2 is every pair twice, 0.25 a quarter of them, drawn by chance. */
  readonly weight: number;
}

/** Which pairs of a source are drawn: 1, else 0. */
function draw(random: Random, pairs: number, weight: number): Uint8Array {
  const drawn = new Uint8Array(pairs);
  const all = Array.from(drawn, (_, i) => i);
  for (const i of sample(random, all, Math.round(weight * pairs))) drawn[i] = 1;
  return drawn;
}

/**
 * Several sources as one stream, each by its weight, sources one after the other: whole copies, then a draw without replacement for the rest, in
 * the source's order. As open-instruct's data mixer. A source's draw depends on the seed and its place alone. Memory: one pair, and some bytes
 * for each of a source that is drawn from.
 *
 * @throws {DpoError} E_ROW where a source has not as many pairs the next time
 */
export async function* mixPairs<T>(sources: readonly PairSource<T>[], random: Random): AsyncGenerator<T> {
  for (const [place, { read, weight }] of sources.entries()) {
    const whole = Math.floor(weight);
    let count: number | undefined;
    const checked = (found: number): number => {
      if (count === undefined || found === count) return found;
      throw new DpoError("E_ROW", `source ${place + 1} of the mix: expected ${count} pairs, as before, got ${found}`);
    };
    for (let copy = 0; copy < whole; copy++) {
      let found = 0;
      for await (const pair of read()) {
        found++;
        yield pair;
      }
      count = checked(found);
    }
    if (weight === whole) continue;
    if (count === undefined) {
      count = 0;
      for await (const _ of read()) count++;
    }
    const drawn = draw(random.fork("source", place), count, weight - whole);
    let i = 0;
    for await (const pair of read()) if (drawn[i++] === 1) yield pair;
    checked(i);
  }
}
