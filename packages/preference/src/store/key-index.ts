/** Where a stored line lies. */
export interface Location {
  /** From 1. */
  readonly segment: number;
  /** In bytes; below 2³². */
  readonly offset: number;
  readonly length: number;
}

export interface KeyIndex {
  readonly size: number;
  get(key: string): Location | undefined;
  /** False where the key is there already: the first line of a key counts. */
  add(key: string, location: Location): boolean;
  /** Gives the memory back at once, and forgets all keys: tens of megabytes are too much to leave to a collector that sees no need. */
  clear(): void;
}

const keyWords = 4;

/** Words of an entry: key, segment, offset, length. */
const entryWords = keyWords + 3;

/** Entries of a block: blocks are never moved, so that growing takes no second copy of them. */
const blockEntries = 2 ** 14;

const fewestSlots = 1024;

/** A table at most so full finds a key after some two steps. */
const fullest = 0.6;

const free = (words: Uint32Array<ArrayBuffer>): void => {
  words.buffer.transfer(0);
};

/**
 * A hash table, open addressing by linear probing: keys are hashes already. Slots hold entries' numbers, entries lie in blocks of their own. 28 bytes an
 * entry and 7 to 13 for its slots: 37 MB for a million keys. Keys are 32 hexadecimal digits.
 */
export function createKeyIndex(): KeyIndex {
  let blocks: Uint32Array<ArrayBuffer>[] = [];
  let slots = new Uint32Array(fewestSlots); // 0: free, else the entry's number from 1
  let size = 0;
  const words = new Uint32Array(keyWords);
  const read = (key: string): void => {
    for (let k = 0; k < keyWords; k++) words[k] = Number.parseInt(key.slice(8 * k, 8 * k + 8), 16);
  };
  const blockOf = (entry: number): Uint32Array => blocks[Math.floor(entry / blockEntries)]!;
  const placeOf = (entry: number): number => (entry % blockEntries) * entryWords;

  const isKey = (entry: number): boolean => {
    const [block, place] = [blockOf(entry), placeOf(entry)];
    let k = 0;
    while (k < keyWords && block[place + k] === words[k]) k++;
    return k === keyWords;
  };

  /** The slot of the key in `words`, or the free one where it would go. */
  const findSlot = (): number => {
    for (let slot = words[0]! & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1))
      if (slots[slot] === 0 || isKey(slots[slot]! - 1)) return slot;
  };

  const grow = (): void => {
    const old = slots;
    const length = old.length * 2;
    free(old);
    slots = new Uint32Array(length);
    for (let entry = 0; entry < size; entry++) {
      let slot = blockOf(entry)[placeOf(entry)]! & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = entry + 1;
    }
  };

  return {
    get size() {
      return size;
    },
    get(key) {
      read(key);
      const entry = slots[findSlot()]! - 1;
      if (entry < 0) return undefined;
      const [block, place] = [blockOf(entry), placeOf(entry) + keyWords];
      return { segment: block[place]!, offset: block[place + 1]!, length: block[place + 2]! };
    },
    add(key, { segment, offset, length }) {
      read(key);
      let slot = findSlot();
      if (slots[slot] !== 0) return false;
      if (size + 1 > fullest * slots.length) {
        grow();
        slot = findSlot();
      }
      if (size % blockEntries === 0) blocks.push(new Uint32Array(blockEntries * entryWords));
      const [block, place] = [blockOf(size), placeOf(size)];
      block.set(words, place);
      block[place + keyWords] = segment;
      block[place + keyWords + 1] = offset;
      block[place + keyWords + 2] = length;
      slots[slot] = ++size;
      return true;
    },
    clear() {
      for (const block of blocks) free(block);
      free(slots);
      blocks = [];
      slots = new Uint32Array(fewestSlots);
      size = 0;
    },
  };
}
