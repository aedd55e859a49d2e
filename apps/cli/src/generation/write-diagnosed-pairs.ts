import { join } from "node:path";

import { createDiagnosis, deltaVerdicts } from "@prefdelta/preference";
import type { DeltaDiagnostics, DeltaVerdict, KnownOfPair, Pair, PairCounts } from "@prefdelta/preference";
import type { ScoredPair } from "@prefdelta/preference";
import { writePairs } from "@prefdelta/preference/node";
import type { Random } from "@prefdelta/random";

import { writeAtomic } from "../files/write-atomic.ts";
import type { SiftedCounts } from "./prepare-prompts.ts";
import { sampleOf } from "./sample-of.ts";

/** `diagnostics.json`: what a LoRA trained on the pairs may learn. */
export interface WrittenDiagnostics extends DeltaDiagnostics {
  readonly prompts: SiftedCounts;
  readonly verdicts: readonly DeltaVerdict[];
}

export interface PairsToWrite {
  readonly pairs: AsyncIterable<Pair> | Iterable<Pair>;
  /** Complete once the pairs have been read. */
  readonly counts: Readonly<PairCounts>;
  readonly knownOf: (pair: Pair) => KnownOfPair;
  readonly prompts: SiftedCounts;
  readonly margin: MarginOptions | undefined;
}

/** How pairs are put to the base model. */
export interface MarginOptions {
  /** So many of them. */
  readonly pairs: number;
  readonly random: Random;
  readonly score: (pairs: readonly Pair[]) => Promise<readonly ScoredPair[]>;
}

/** Writes `pairs.jsonl`, `counts.json` and `diagnostics.json`, the pairs as they come. */
export async function writeDiagnosedPairs(
  folder: string,
  { pairs, counts, knownOf, prompts, margin }: PairsToWrite,
): Promise<{ readonly counts: Readonly<PairCounts>; readonly diagnostics: WrittenDiagnostics }> {
  const diagnosis = createDiagnosis();
  const toScore = margin === undefined ? undefined : sampleOf<Pair>(margin.pairs, margin.random);

  async function* diagnosed(): AsyncGenerator<Pair> {
    for await (const pair of pairs) {
      diagnosis.add(pair, knownOf(pair));
      toScore?.add(pair);
      yield pair;
    }
  }
  await writePairs(join(folder, "pairs.jsonl"), diagnosed());
  for (const scored of toScore === undefined ? [] : await margin!.score(toScore.values)) diagnosis.addScored(scored);
  const diagnostics = diagnosis.report();
  const written = { ...diagnostics, prompts, verdicts: deltaVerdicts(diagnostics) };
  await writeAtomic(join(folder, "counts.json"), `${JSON.stringify(counts, null, 2)}\n`);
  await writeAtomic(join(folder, "diagnostics.json"), `${JSON.stringify(written, null, 2)}\n`);
  return { counts, diagnostics: written };
}

/** `980 pairs of 1000 prompts, 12 identical, 8 empty`. */
export function describeCounts({ pairs, prompts, ...dropped }: Readonly<PairCounts>): string {
  const told = Object.entries(dropped).filter(([name, count]) => count > 0 || name === "identical" || name === "empty");
  const reasons = told.map(([name, count]) => `, ${count} ${name.replaceAll("_", " ")}`);
  return `${pairs} pairs of ${prompts} prompts${reasons.join("")}`;
}
