/** Characters of a shingle. */
const length = 5;

/** Hashes of a text's shingles; white space is one space, case does not count. A text shorter than a shingle is one by itself. */
export function shingles(text: string): Set<number> {
  const plain = text.toLowerCase().replaceAll(/\s+/g, " ").trim();
  const hashes = new Set<number>();
  for (let start = 0; start === 0 || start + length <= plain.length; start++) {
    let hash = 0;
    for (let i = start; i < Math.min(start + length, plain.length); i++)
      hash = Math.imul(hash ^ plain.charCodeAt(i), 0x01000193) ^ (hash >>> 15);
    hashes.add(hash);
  }
  return hashes;
}

/** Size of the intersection over size of the union. */
export function jaccard(left: ReadonlySet<number>, right: ReadonlySet<number>): number {
  let shared = 0;
  for (const hash of left) if (right.has(hash)) shared++;
  return shared / (left.size + right.size - shared);
}

/** Resemblance of two texts (Broder 1997): the Jaccard index of their sets of 5-character shingles; 1 for the same text but for case and white space. */
export const similarity = (a: string, b: string): number => jaccard(shingles(a), shingles(b));
