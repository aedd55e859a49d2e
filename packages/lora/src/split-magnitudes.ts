import { isFloatDtype } from "@prefdelta/safetensors";
import type { TensorEntry } from "@prefdelta/safetensors";
import { magnitudeKey, magnitudePath } from "./peft-keys.ts";

type Entry = readonly [string, Pick<TensorEntry, "dtype" | "shape">];

/**
 * Sorts the tensors of a DoRA adapter file into magnitudes and the others, which should be factors.
 *
 * @returns the magnitudes' lengths by layer, and a problem for each that is no vector, or has a dtype that cannot be read
 */
export function splitMagnitudes(entries: Iterable<Entry>): {
  others: Entry[];
  magnitudes: Map<string, number>;
  problems: string[];
} {
  const others: Entry[] = [];
  const magnitudes = new Map<string, number>();
  const problems: string[] = [];
  for (const entry of entries) {
    const [key, { dtype, shape }] = entry;
    const path = magnitudePath(key);
    if (path === undefined) {
      others.push(entry);
      continue;
    }
    if (shape.length !== 1) problems.push(`${key}: expected a vector, found shape [${shape.join(",")}]`);
    if (!isFloatDtype(dtype)) problems.push(`${key}: expected F32, F16 or BF16, found ${dtype}`);
    magnitudes.set(path, shape[0] ?? 0);
  }
  return { others, magnitudes, problems };
}

/** What keeps magnitudes from being those of an adapter's layers, by path with the layers' outputs. */
export function magnitudeProblems(
  magnitudes: ReadonlyMap<string, number>,
  layers: ReadonlyMap<string, { readonly outFeatures: number }>,
): string[] {
  const problems = [...layers].flatMap(([path, { outFeatures }]) => {
    const length = magnitudes.get(path);
    if (length === outFeatures) return [];
    const found = length === undefined ? "none" : `${length}`;
    return [`${magnitudeKey(path)}: expected ${outFeatures} numbers, one for each output, found ${found}`];
  });
  const strays = [...magnitudes.keys()].filter((path) => !layers.has(path));
  return [...problems, ...strays.map((path) => `${magnitudeKey(path)}: expected factors beside it, found none`)];
}
