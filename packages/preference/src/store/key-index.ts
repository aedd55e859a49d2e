/** Where a stored line lies. */
export interface Location {
  /** From 1. */
  readonly segment: number;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
}

export interface KeyIndex {
  readonly size: number;
  get(key: string): Location | undefined;
  /** False where the key is there already: the first line of a key counts. */
  add(key: string, location: Location): boolean;
}

const keyWords = 4;

/** A table at most three fifths full finds a key after some two steps. */
const fullest = 0.6;

const createTable = (slots: number) => ({
  slots,
  keys: new Uint32Array(slots * keyWords),
  segments: new Uint32Array(slots), // 0: a free slot
  offsets: new Float64Array(slots),
  lengths: new Uint32Array(slots),
});
type Table = ReturnType<typeof createTable>;

/** The slot of a key, or the free one where it would go. Linear probing: keys are hashes already. */
function slotOf({ slots, keys, segments }: Table, words: Uint32Array): number {
  for (let slot = words[0]! & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
    if (segments[slot] === 0) return slot;
    let k = 0;
    while (k < keyWords && keys[slot * keyWords + k] === words[k]) k++;
    if (k === keyWords) return slot;
  }
}

function fill(table: Table, words: Uint32Array, { segment, offset, length }: Location): void {
  const slot = slotOf(table, words);
  table.keys.set(words, slot * keyWords);
  table.segments[slot] = segment;
  table.offsets[slot] = offset;
  table.lengths[slot] = length;
}

function grown(old: Table): Table {
  const table = createTable(old.slots * 2);
  for (let slot = 0; slot < old.slots; slot++) {
    if (old.segments[slot] === 0) continue;
    const words = old.keys.subarray(slot * keyWords, (slot + 1) * keyWords);
    fill(table, words, { segment: old.segments[slot]!, offset: old.offsets[slot]!, length: old.lengths[slot]! });
  }
  return table;
}

/** A hash table in flat arrays, open addressing: 32 bytes a slot, 67 MB for a million keys. Keys are 32 hexadecimal digits. */
export function createKeyIndex(): KeyIndex {
  let table = createTable(1024);
  let size = 0;
  const words = new Uint32Array(keyWords);
  const read = (key: string): Uint32Array => {
    for (let k = 0; k < keyWords; k++) words[k] = Number.parseInt(key.slice(8 * k, 8 * k + 8), 16);
    return words;
  };
  return {
    get size() {
      return size;
    },
    get(key) {
      const slot = slotOf(table, read(key));
      const segment = table.segments[slot]!;
      return segment === 0 ? undefined : { segment, offset: table.offsets[slot]!, length: table.lengths[slot]! };
    },
    add(key, location) {
      read(key);
      if (table.segments[slotOf(table, words)] !== 0) return false;
      if (size + 1 > fullest * table.slots) table = grown(table);
      fill(table, words, location);
      size++;
      return true;
    },
  };
}
