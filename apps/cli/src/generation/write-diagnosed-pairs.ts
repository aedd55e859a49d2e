import { join } from "node:path";

import { createDiagnosis, deltaVerdicts } from "@prefdelta/preference";
import type { DeltaDiagnostics, DeltaVerdict, DiagnoseOptions, Pair, PairCounts } from "@prefdelta/preference";
import { writePairs } from "@prefdelta/preference/node";

import { writeAtomic } from "../files/write-atomic.ts";

/** `diagnostics.json`: what a LoRA trained on the pairs may learn. */
export interface WrittenDiagnostics extends DeltaDiagnostics {
  readonly verdicts: readonly DeltaVerdict[];
}

export interface PairsToWrite {
  readonly pairs: AsyncIterable<Pair> | Iterable<Pair>;
  /** Complete once the pairs have been read. */
  readonly counts: Readonly<PairCounts>;
  readonly isCorrect: DiagnoseOptions["isCorrect"];
}

/** Writes `pairs.jsonl`, `counts.json` and `diagnostics.json`, the pairs as they come. */
export async function writeDiagnosedPairs(
  folder: string,
  { pairs, counts, isCorrect }: PairsToWrite,
): Promise<{ readonly counts: Readonly<PairCounts>; readonly diagnostics: WrittenDiagnostics }> {
  const diagnosis = createDiagnosis({ isCorrect });
  async function* diagnosed(): AsyncGenerator<Pair> {
    for await (const pair of pairs) {
      diagnosis.add(pair);
      yield pair;
    }
  }
  await writePairs(join(folder, "pairs.jsonl"), diagnosed());
  const diagnostics = diagnosis.report();
  const written = { ...diagnostics, verdicts: deltaVerdicts(diagnostics) };
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
