import type { LoraWeights, LossStep } from "@prefdelta/causal-lm";
import { createRandom, type Random } from "@prefdelta/random";
import { batchRows } from "./data/batch-rows.ts";
import type { DpoConfig } from "./config.ts";
import type { EncodedPair } from "./data/encode-pair.ts";
import { meanMetrics, microBatchMetrics } from "./log/step-metrics.ts";
import { REFERENCE } from "./losses/create-loss.ts";
import type { DpoLoss } from "./losses/dpo-loss.ts";
import { addGradients, divideGradients } from "./optimizer/accumulate-gradients.ts";
import { flattenFactors, type Parameters } from "./optimizer/parameters.ts";

interface UpdateInputs {
  readonly lossStep: LossStep;
  readonly loss: DpoLoss;
  readonly beta: number;
  readonly lora: LoraWeights;
  readonly pairs: readonly EncodedPair[];
  /** log π_ref of every sequence, pair by pair, where the loss has a reference. */
  readonly reference: Float64Array | undefined;
  /** Of this update; none if absent. */
  readonly dropout?: UpdateDropout | undefined;
}

export interface UpdateDropout {
  readonly probability: number;
  /** Each pair draws from its own fork, by its place in the update. */
  readonly random: Random;
}

export interface UpdateGradient {
  readonly gradients: Parameters;
  /** TRL's metrics without those of optimiser and place: see `microBatchMetrics`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Gradient and metrics of one update: the means over its micro-batches, which are lists of indices of pairs. */
export async function updateGradient(
  { lossStep, loss, beta, lora, pairs, reference, dropout }: UpdateInputs,
  batches: readonly (readonly number[])[],
): Promise<UpdateGradient> {
  const sides = loss.needsRejected ? 2 : 1;
  const metrics: Record<string, number>[] = [];
  let sum: Parameters | undefined;
  let place = 0; // of the next batch's first pair in the update
  for (const batch of batches) {
    const first = place;
    place += batch.length;
    const batchReference = reference && batch.flatMap((i) => [...reference.subarray(i * sides, (i + 1) * sides)]);
    const { outputs, tokens, gradients } = await lossStep.run({
      rows: batchRows(
        batch.map((i) => pairs[i]!),
        loss.needsRejected,
      ),
      lora,
      dropout: dropout && {
        probability: dropout.probability,
        randoms: batch.map((_, i) => dropout.random.fork(first + i)),
      },
      extras: batchReference ? { [REFERENCE]: batchReference } : {},
    });
    metrics.push(microBatchMetrics({ loss: outputs["loss"]![0]!, tokens, reference: batchReference, sides, beta }));
    sum = addGradients(sum, flattenFactors(gradients));
  }
  if (!sum) throw new RangeError("updateGradient: batches — expected at least one, got none");
  divideGradients(sum, batches.length);
  return { gradients: sum, metrics: meanMetrics(metrics) };
}

/** Tokens that enter a pair's sequences, as TRL's num_tokens counts them: the prompt once for each answer, whether masked or not. */
export const countTokens = ({ prompt, chosen, rejected }: EncodedPair, { needsRejected }: DpoLoss): number =>
  prompt.length + chosen.ids.length + (needsRejected ? prompt.length + rejected.ids.length : 0);

/** The same for an update whenever it is made: a run that goes on drops what it would have dropped. */
export const updateDropout = (
  step: number,
  { lora_dropout: probability, seed }: Pick<DpoConfig, "lora_dropout" | "seed">,
): UpdateDropout | undefined =>
  probability === 0 ? undefined : { probability, random: createRandom(seed).fork("dropout", step) };
