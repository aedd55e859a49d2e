import { join } from "node:path";
import type { CausalLm, LoraWeights } from "@prefdelta/causal-lm";
import type { BatchPlan } from "../data/batch-plan.ts";
import type { PairList } from "../data/pair-list.ts";
import type { TrainingData } from "../data/prepare-data.ts";
import type { DpoLoss } from "../losses/dpo-loss.ts";
import { rowsOfPairs, spreadByPair } from "./pair-references.ts";
import { referenceLogProbs } from "./reference-log-probs.ts";

export interface BothReferences {
  readonly training: Float64Array | undefined;
  readonly evaluation: Float64Array | undefined;
}

interface Reading {
  readonly plan: BatchPlan;
  readonly loss: DpoLoss;
  /** What the reference has on the base. */
  readonly lora: LoraWeights | undefined;
}

/** The options of a training that say where log-probs are kept, and whom to tell. */
interface Place {
  readonly lm: CausalLm;
  readonly outDir: string;
  readonly referenceDir?: string;
  readonly onReference?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** log π_ref of the pairs that the run sees, and of those evaluated on, where the loss has a reference. */
export async function bothReferences(
  { training, evaluation }: TrainingData,
  { plan, loss, lora }: Reading,
  { lm, outDir, onReference, signal, referenceDir: folder = join(outDir, "reference") }: Place,
): Promise<BothReferences> {
  const { needsReference, needsRejected } = loss;
  if (!needsReference) return { training: undefined, evaluation: undefined };
  const seen = plan.seen();
  const total = seen.length + (evaluation?.pairs.length ?? 0);
  const of = async (pairs: PairList, places: Uint32Array, before: number): Promise<Float64Array> => {
    const rows = rowsOfPairs(pairs, { places, needsRejected });
    const onProgress = (done: number): void => onReference?.(before + done, total);
    const logProbs = await referenceLogProbs(lm, rows, { folder, lora, onProgress, signal });
    return spreadByPair(logProbs, { places, pairs: pairs.length, sides: needsRejected ? 2 : 1 });
  };
  return {
    training: await of(training, seen, 0),
    evaluation:
      evaluation &&
      (await of(
        evaluation.pairs,
        Uint32Array.from({ length: evaluation.pairs.length }, (_, i) => i),
        seen.length,
      )),
  };
}
