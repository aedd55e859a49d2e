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

/** A table at most so full finds a hash after some two steps. */
const fullest = 0.6;

/** Puts a hash (from 1) into a table of open addressing, 0 being free; false where it was there. */
function put(table: Float64Array, hash: number): boolean {
  for (let slot = hash % table.length; ; slot = (slot + 1) % table.length) {
    if (table[slot] === hash) return false;
    if (table[slot] !== 0) continue;
    table[slot] = hash;
    return true;
  }
}

/** Tells whether a text was there before, by its hash: 13 to 27 bytes a text, however long it is. */
export function createSeenTexts(): (text: string) => boolean {
  let table = new Float64Array(1024);
  let size = 0;
  return (text) => {
    if (!put(table, hash(text) + 1)) return true;
    if (++size > fullest * table.length) {
      const grown = new Float64Array(2 * table.length);
      for (const one of table) if (one !== 0) put(grown, one);
      table = grown;
    }
    return false;
  };
}
