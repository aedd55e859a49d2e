/** Two 32-bit multiply-xor hashes as one number of 53 bits: in a million texts two meet by chance once in some 20,000 runs. */
function hash(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

/** Tells whether a text was there before, by its hash: memory does not grow with the texts' lengths. */
export function createSeenTexts(): (text: string) => boolean {
  const hashes = new Set<number>();
  return (text) => {
    const { size } = hashes;
    return hashes.add(hash(text)).size === size;
  };
}
