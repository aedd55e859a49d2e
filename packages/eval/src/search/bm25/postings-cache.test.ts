import * as fc from "fast-check";
import { expect, it } from "vitest";
import { cachePostings } from "./postings-cache.ts";

/** A list of `length` postings of 8 bytes, telling its term. */
const list = (term: number, length: number) => ({
  documents: new Uint32Array(length).fill(term),
  impacts: new Float32Array(length),
});

it("reads a list again only after others took its room", async () => {
  const reads: number[] = [];
  const cached = cachePostings(async (term) => {
    reads.push(term);
    return list(term, term);
  }, 8 * 10);
  // 4 and 5 fit; 4 is asked for again, so that 3 takes the place of 5; 11 never fits.
  for (const term of [4, 5, 4, 3, 4, 5, 11, 5, 11]) expect((await cached(term)).documents).toHaveLength(term);
  expect(reads).toEqual([4, 5, 3, 5, 11, 11]);
});

it("gives what reading gives, also to those who ask at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(6)), fc.nat(100), async (terms, maxBytes) => {
      const read = async (term: number) => list(term, term);
      const cached = cachePostings(read, maxBytes);
      const found = await Promise.all(terms.map((term) => cached(term)));
      expect(found).toEqual(await Promise.all(terms.map((term) => read(term))));
      for (const term of terms) expect(await cached(term)).toEqual(list(term, term));
    }),
  );
});
