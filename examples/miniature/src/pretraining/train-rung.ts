import { parseModelConfig } from "@prefdelta/causal-lm";
import { createRandom } from "@prefdelta/random";
import type { Dataset } from "../dataset.ts";
import { createUpdateWeights } from "./update-weights.ts";
import { documentStream } from "./document-stream.ts";
import type { Weight } from "./initial-weights.ts";
import { initialWeights } from "./initial-weights.ts";
import type { RungName } from "./ladder.ts";
import { ladder } from "./ladder.ts";
import { learningRate } from "./learning-rate.ts";
import { modelConfig } from "./model-config.ts";
import { packRows } from "./pack-rows.ts";
import { createTrainingStep } from "./training-step.ts";

/** Tokens a packed row; every document fits. */
const rowLength = 96;

export interface TrainRungOptions {
  readonly seed: number;
  readonly dataset: Dataset;
  readonly encode: (document: string) => readonly number[];
  /** Called after each step; the weights change at the next one. */
  readonly onStep: (report: {
    readonly step: number;
    readonly loss: number;
    readonly weights: ReadonlyMap<string, Weight>;
  }) => Promise<void>;
  /** How far to train, if not as far as the ladder says. */
  readonly steps?: number;
  readonly threads?: number;
}

/** Pretrains one model of the ladder and returns its weights. The same seed and thread count give the same weights. */
export async function trainRung(name: RungName, options: TrainRungOptions): Promise<ReadonlyMap<string, Weight>> {
  const { seed, dataset, encode, onStep, threads } = options;
  const { shape, rows, scheduledSteps, steps } = ladder[name];
  const weights = initialWeights(shape, createRandom(seed).fork("weights", name));
  const documents = documentStream(dataset, name, seed).map(encode);
  const batches = packRows(documents, { rows, length: rowLength });
  const training = await createTrainingStep(parseModelConfig(modelConfig(shape)), weights, {
    rows,
    length: rowLength,
    ...(threads === undefined ? {} : { threads }),
  });
  const update = createUpdateWeights(weights);
  for (let step = 1; step <= (options.steps ?? steps); step++) {
    const { loss, gradients } = await training.run(batches.next().value);
    update(gradients, learningRate(step, scheduledSteps));
    await onStep({ step, loss, weights });
  }
  await training.release();
  return weights;
}
