import { createHash } from "node:crypto";

/** The value with object keys in order, so that equal values have equal texts. Lists of numbers and texts are taken as they are. */
function sortKeys(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.some((item) => typeof item === "object") ? value.map(sortKeys) : value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

export interface ContentHash {
  add(value: unknown): void;
  /** sha256 of all that was added, in hex. */
  digest(): string;
}

/** A sha256 over JSON values that come one by one, so that a long list never is one text. */
export function createContentHash(): ContentHash {
  const hash = createHash("sha256");
  return {
    add: (value) => void hash.update(`${JSON.stringify(sortKeys(value))}\n`),
    digest: () => hash.digest("hex"),
  };
}

/** sha256 over JSON values, in hex. */
export function contentHash(values: Iterable<unknown>): string {
  const hash = createContentHash();
  for (const value of values) hash.add(value);
  return hash.digest();
}

/** The same over values that are waited for. */
export async function contentHashOf(values: AsyncIterable<unknown>): Promise<string> {
  const hash = createContentHash();
  for await (const value of values) hash.add(value);
  return hash.digest();
}
