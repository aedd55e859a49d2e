/** Where a value stands in a configuration: `["merge", "gam", "scale", "search", 0]`. */
export type KeyPath = readonly (string | number)[];

/** `merge.gam.scale.search[0]`; the document itself is `(whole file)`. */
export function formatKeyPath(path: KeyPath): string {
  if (path.length === 0) return "(whole file)";
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
}

/** The value at `path`, or undefined where the path leaves the data. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}
