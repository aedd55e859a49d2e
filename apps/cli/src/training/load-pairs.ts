import { mixPairs, readTrainingPairs } from "@prefdelta/dpo";
import type { TrainingPair } from "@prefdelta/dpo";
import { createRandom } from "@prefdelta/random";

import { CliError } from "../errors.ts";

async function readAll(path: string): Promise<TrainingPair[]> {
  const pairs: TrainingPair[] = [];
  for await (const pair of readTrainingPairs(path)) pairs.push(pair);
  return pairs;
}

/** All pairs of some files, in order. @throws DpoError, PreferenceError naming file and line of a broken row */
export async function loadPairs(paths: readonly string[]): Promise<TrainingPair[]> {
  const pairs: TrainingPair[] = [];
  for (const path of paths) for (const pair of await readAll(path)) pairs.push(pair);
  return pairs;
}

/** The pairs of some files, each file by its weight: how many times its pairs are in the mix. @throws as loadPairs */
export async function loadMixedPairs(
  paths: readonly string[],
  { weights, seed }: { readonly weights: readonly number[]; readonly seed: number },
): Promise<TrainingPair[]> {
  const sources = [];
  for (const [i, path] of paths.entries()) sources.push({ pairs: await readAll(path), weight: weights[i]! });
  return mixPairs(sources, createRandom(seed).fork("mix"));
}

/** `1,0.5` for as many files: 1 each where nothing is given. @throws CliError E_USAGE */
export function parseDataWeights(text: string | undefined, files: number): number[] {
  if (text === undefined) return Array.from({ length: files }, () => 1);
  const weights = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (weights.length === files && weights.every((weight) => Number.isFinite(weight) && weight >= 0)) return weights;
  const problem = `--data-weights: expected ${files} numbers of at least 0, one for each --data, found "${text}"`;
  throw new CliError("E_USAGE", "wrong arguments", { problems: [problem] });
}
