import { join } from "node:path";

import type { TrainResult } from "@prefdelta/dpo";

import { writeAtomic } from "../files/write-atomic.ts";

/** Writes `training.json`: what a training says of itself when it is done. Where it was resumed is left out: the bytes are the same without a break. */
export async function writeTraining(
  folder: string,
  { steps, counts, evaluation, verdicts }: TrainResult,
): Promise<void> {
  const document = { steps, counts, evaluation: evaluation ?? null, verdicts };
  await writeAtomic(join(folder, "training.json"), `${JSON.stringify(document, null, 2)}\n`);
}
