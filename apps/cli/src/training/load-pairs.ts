import { readTrainingPairs } from "@prefdelta/dpo";
import type { TrainingPair } from "@prefdelta/dpo";

/** All pairs of some files, in order. @throws DpoError, PreferenceError naming file and line of a broken row */
export async function loadPairs(paths: readonly string[]): Promise<TrainingPair[]> {
  const pairs: TrainingPair[] = [];
  for (const path of paths) for await (const pair of readTrainingPairs(path)) pairs.push(pair);
  return pairs;
}
