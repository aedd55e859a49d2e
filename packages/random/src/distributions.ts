import type { Random } from "./create-random.ts";

/** A whole number from 0 to n − 1. Rejects the few draws that would favour small numbers. @throws {RangeError} */
export function integer(random: Random, n: number): number {
  if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`integer: n — expected 1 … 2³², got ${n}`);
  const limit = 2 ** 32 - (2 ** 32 % n);
  for (;;) {
    const word = random.next() * 2 ** 32;
    if (word < limit) return word % n;
  }
}

/** Standard normal, by the polar method (Marsaglia & Bray 1964). */
export function normal(random: Random): number {
  for (;;) {
    const x = 2 * random.next() - 1;
    const y = 2 * random.next() - 1;
    const s = x * x + y * y;
    if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s);
  }
}

/** One of the items. @throws {RangeError} when there are none. */
export const choice = <T>(random: Random, items: readonly T[]): T => items[integer(random, items.length)]!;

/** The items in random order, in a new array (Fisher–Yates). */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = integer(random, i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}

/** k different items in random order. @throws {RangeError} when there are fewer. */
export function sample<T>(random: Random, items: readonly T[], k: number): T[] {
  if (!(k >= 0 && k <= items.length)) throw new RangeError(`sample: k — expected 0 … ${items.length}, got ${k}`);
  return shuffle(random, items).slice(0, k);
}
