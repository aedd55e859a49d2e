import { createHash } from "node:crypto";

/** Words of a key: 128 bits of a sha256, so that two prompts have the same one about never. */
const KEY_WORDS = 4;

/** Numbers texts in the order in which they are first seen, without keeping them: 20 to 40 bytes a text. */
export class PromptNumbers {
  #count = 0;
  /** By number: its key. */
  #keys = new Uint32Array(KEY_WORDS * 1024);
  /** Open addressing: a number + 1 in each slot that is taken. */
  #slots = new Uint32Array(2048);

  /** Different texts so far. */
  get count(): number {
    return this.#count;
  }

  /** The text's number, from 0: a new one if it was not seen before. */
  numberOf(text: string): number {
    const digest = createHash("sha256").update(text).digest();
    const key = Array.from({ length: KEY_WORDS }, (_, i) => digest.readUInt32LE(4 * i));
    const slot = this.#slotOf(key);
    if (this.#slots[slot] !== 0) return this.#slots[slot]! - 1;
    if (KEY_WORDS * this.#count === this.#keys.length) {
      this.#grow();
      return this.#add(key, this.#slotOf(key));
    }
    return this.#add(key, slot);
  }

  /** The slot that has the key, or the free one where it would be. */
  #slotOf(key: readonly number[]): number {
    const mask = this.#slots.length - 1;
    let slot = key[0]! & mask;
    while (this.#slots[slot] !== 0 && !this.#hasKey(this.#slots[slot]! - 1, key)) slot = (slot + 1) & mask;
    return slot;
  }

  #hasKey(number: number, key: readonly number[]): boolean {
    return key.every((word, i) => this.#keys[KEY_WORDS * number + i] === word);
  }

  #add(key: readonly number[], slot: number): number {
    this.#keys.set(key, KEY_WORDS * this.#count);
    this.#slots[slot] = ++this.#count;
    return this.#count - 1;
  }

  #grow(): void {
    const keys = new Uint32Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#count; number++) {
      const key = [...keys.subarray(KEY_WORDS * number, KEY_WORDS * (number + 1))];
      this.#slots[this.#slotOf(key)] = number + 1;
    }
  }
}
