import { isFloatDtype } from "@prefdelta/safetensors";
import type { TensorEntry } from "@prefdelta/safetensors";
import { parsePeftKey, peftKey } from "./peft-keys.ts";
import type { Factor } from "./peft-keys.ts";

type Shape = readonly [rows: number, columns: number];

/** The shapes of a layer's two factors: A rank × in, B out × rank, in a sound adapter. */
export interface FactorPair {
  readonly path: string;
  readonly A: Shape;
  readonly B: Shape;
}

/**
 * Sorts the tensors of an adapter file into pairs, by layer.
 *
 * @returns the whole pairs in path order, and a problem for every tensor that is no factor, has no partner, is no
 * matrix, or has a dtype that cannot be read
 */
export function pairFactors(entries: Iterable<readonly [string, Pick<TensorEntry, "dtype" | "shape">]>): {
  pairs: FactorPair[];
  problems: string[];
} {
  const problems: string[] = [];
  // A broken shape is held as undefined: its tensor is present, and no second problem.
  const layers = new Map<string, Map<Factor, Shape | undefined>>();
  for (const [key, { dtype, shape }] of entries) {
    const parsed = parsePeftKey(key);
    if ("problem" in parsed) {
      problems.push(parsed.problem);
      continue;
    }
    const matrix = asMatrix(shape);
    if (matrix === undefined) problems.push(`${key}: expected a matrix, found shape [${shape.join(",")}]`);
    if (!isFloatDtype(dtype)) problems.push(`${key}: expected F32, F16 or BF16, found ${dtype}`);
    const factors = layers.get(parsed.path) ?? new Map<Factor, Shape | undefined>();
    layers.set(parsed.path, factors.set(parsed.factor, matrix));
  }
  const pairs: FactorPair[] = [];
  for (const [path, factors] of [...layers].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [A, B] = [factors.get("A"), factors.get("B")];
    if (factors.size < 2) {
      const [there, absent] = factors.has("A") ? (["A", "B"] as const) : (["B", "A"] as const);
      problems.push(`${peftKey(path, absent)}: expected beside ${peftKey(path, there)}, found none`);
    } else if (A !== undefined && B !== undefined) pairs.push({ path, A, B });
  }
  return { pairs, problems };
}

function asMatrix(shape: readonly number[]): Shape | undefined {
  const [rows, columns, ...more] = shape;
  if (rows === undefined || columns === undefined || more.length > 0) return undefined;
  return rows * columns > 0 ? [rows, columns] : undefined;
}
