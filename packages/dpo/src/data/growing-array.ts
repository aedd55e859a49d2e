/** Numbers that are appended one by one, 8 bytes each at most, in an array that doubles. */
export class GrowingArray<Numbers extends Uint8Array | Uint32Array | Float64Array> {
  #numbers: Numbers;
  #length = 0;
  readonly #create: (length: number) => Numbers;

  constructor(create: (length: number) => Numbers) {
    this.#create = create;
    this.#numbers = create(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = this.#create(2 * this.#length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = number;
  }

  /** What was appended so far: a view that later appends do not change. */
  values(): Numbers {
    return this.#numbers.subarray(0, this.#length) as Numbers;
  }
}
