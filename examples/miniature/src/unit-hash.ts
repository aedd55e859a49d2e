import { createHash } from "node:crypto";

/**
 * A number in [0, 1) fixed by the label alone: the first 48 bits of its SHA-256.
 *
 * Splits hang on it, so an entity keeps its split whatever else is added to or taken from the data.
 */
export function unitHash(label: string): number {
  return createHash("sha256").update(label).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** The items in the order of their labels' hashes: a shuffle that needs no seed. */
export function hashOrder<T>(items: readonly T[], label: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, position: unitHash(label(item)) }))
    .sort((a, b) => a.position - b.position)
    .map(({ item }) => item);
}
