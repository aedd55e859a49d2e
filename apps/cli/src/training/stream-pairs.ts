import { mixPairs, readTrainingPairs } from "@prefdelta/dpo";
import type { TrainingPair } from "@prefdelta/dpo";
import { createRandom } from "@prefdelta/random";

import { CliError } from "../errors.ts";

/** All pairs of some files, in order, as they are read. @throws DpoError, PreferenceError naming file and line of a broken row */
export async function* streamPairs(paths: readonly string[]): AsyncGenerator<TrainingPair> {
  for (const path of paths) yield* readTrainingPairs(path);
}

/** The pairs of some files, each file by its weight: how many times its pairs are in the mix. @throws as streamPairs */
export const streamMixedPairs = (
  paths: readonly string[],
  { weights, seed }: { readonly weights: readonly number[]; readonly seed: number },
): AsyncGenerator<TrainingPair> =>
  mixPairs(
    paths.map((path, i) => ({ read: () => readTrainingPairs(path), weight: weights[i]! })),
    createRandom(seed).fork("mix"),
  );

/** Reads the first pair of each file, so that a wrong name or shape is told before a model is loaded. @throws as streamPairs */
export async function checkFirstPairs(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const pairs = readTrainingPairs(path);
    await pairs.next();
    await pairs.return(undefined);
  }
}

/** `1,0.5` for as many files: 1 each where nothing is given. @throws CliError E_USAGE */
export function parseDataWeights(text: string | undefined, files: number): number[] {
  if (text === undefined) return Array.from({ length: files }, () => 1);
  const weights = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (weights.length === files && weights.every((weight) => Number.isFinite(weight) && weight >= 0)) return weights;
  const problem = `--data-weights: expected ${files} numbers of at least 0, one for each --data, found "${text}"`;
  throw new CliError("E_USAGE", "wrong arguments", { problems: [problem] });
}
