import { createHash } from "node:crypto";

/** Object keys in order, so that equal values have equal texts. */
const sortKeys = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** sha256 over JSON values, in hex. The values come one by one, so that a long list never is one text. */
export function contentHash(values: Iterable<unknown>): string {
  const hash = createHash("sha256");
  for (const value of values) hash.update(`${JSON.stringify(value, sortKeys)}\n`);
  return hash.digest("hex");
}
