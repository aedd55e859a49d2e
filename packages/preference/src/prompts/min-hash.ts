/** Hashes of a signature. */
const signatureLength = 128;

/** No more than one pair in so many of the wished-for resemblance may be missed. */
const missed = 0.01;

/** MurmurHash3's finaliser: spreads 32 bits over 32 bits. */
function spread(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Values that make one hash into many: fixed, so that the same prompts always meet. */
const salts = Uint32Array.from({ length: signatureLength }, (_, i) => spread(0x9e3779b9 + i));

/**
 * A set's signature: the least of its members under each of 128 orders. Two signatures agree in as many places, on average, as the sets' Jaccard index
 * says (Broder 1997, theorem 1).
 */
export function minHash(members: ReadonlySet<number>): Uint32Array {
  const signature = new Uint32Array(signatureLength).fill(0xffffffff);
  for (const member of members)
    for (let i = 0; i < signatureLength; i++) {
      const hash = spread(member ^ salts[i]!);
      if (hash < signature[i]!) signature[i] = hash;
    }
  return signature;
}

/**
 * Rows of a band: the most that still find sets of resemblance `s` but for one in a hundred. With b bands of r rows two sets share a band with
 * probability 1 − (1 − sʳ)ᵇ (Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, §3.4.2).
 */
export function rowsOfBand(s: number): number {
  const fits = [32, 16, 8, 4, 2].find((rows) => (1 - s ** rows) ** (signatureLength / rows) <= missed);
  return fits ?? 1;
}

/** One key for each band of a signature; keys of different bands differ. */
export function bandKeys(signature: Uint32Array, rows: number): string[] {
  const keys: string[] = [];
  for (let start = 0; start < signature.length; start += rows) {
    let [high, low] = [spread(start), 0];
    for (let i = start; i < start + rows; i++) {
      high = spread(high ^ signature[i]!);
      low = spread(Math.imul(low, 31) + signature[i]!);
    }
    keys.push(`${start}:${high.toString(36)}${low.toString(36)}`);
  }
  return keys;
}
