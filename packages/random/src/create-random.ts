import { nextWord, nextWords, type State } from "./xoshiro128.ts";

/** A stream of random numbers that can be split by label. */
export interface Random {
  /** Uniform in [0, 1), 32 random bits. */
  next(): number;
  /** Fills the array with random words: each is what `next` would have given in its place, times 2³². Absent: only one at a time. */
  words?(into: Uint32Array): void;
  /**
   * An independent stream named by `labels`. It depends on this stream's seed and the labels alone, not on how many numbers were
   * drawn: work can be done in any order, or again after a break, and draws the same numbers.
   */
  fork(...labels: (string | number)[]): Random;
}

/**
 * MurmurHash3's 32-bit finaliser over the UTF-16 units of `text`, from four start values: a name becomes a seed.
 * Austin Appleby, https://github.com/aappleby/smhasher (public domain algorithm).
 */
function hashName(text: string): State {
  const hash = (start: number): number => {
    let h = start;
    for (let i = 0; i < text.length; i++) {
      h = Math.imul(h ^ text.charCodeAt(i), 0xcc9e2d51);
      h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
    }
    h ^= text.length;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  const state: State = [hash(0x9e3779b9), hash(0x243f6a88), hash(0xb7e15162), hash(0x7f4a7c15)];
  return state.every((word) => word === 0) ? [1, 0, 0, 0] : state; // all zeros is a fixed point
}

// Labels are written with their type and length, so that ("a", "b") and ("ab") or (1) and ("1") name different streams.
const nameOf = (label: string | number): string =>
  `${typeof label === "number" ? "n" : "s"}${String(label).length}:${label}`;

function fromName(name: string): Random {
  const state = hashName(name);
  return {
    next: () => nextWord(state) / 2 ** 32,
    words: (into) => nextWords(state, into),
    fork: (...labels) => fromName(name + labels.map((label) => `/${nameOf(label)}`).join("")),
  };
}

/** The stream of a seed. */
export const createRandom = (seed: number | string): Random => fromName(nameOf(seed));
