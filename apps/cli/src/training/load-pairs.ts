import type { Pair } from "@prefdelta/preference";
import { readPairs } from "@prefdelta/preference/node";

/** All pairs of some files, in order. @throws PreferenceError naming file and line of a broken row */
export async function loadPairs(paths: readonly string[]): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const path of paths) for await (const pair of readPairs(path)) pairs.push(pair);
  return pairs;
}
