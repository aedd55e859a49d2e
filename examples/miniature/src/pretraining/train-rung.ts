import { parseModelConfig } from "@prefdelta/causal-lm";
import { createRandom } from "@prefdelta/random";
import type { Dataset } from "../dataset.ts";
import { documentStream } from "./document-stream.ts";
import type { Weight } from "./initial-weights.ts";
import { initialWeights } from "./initial-weights.ts";
import type { RungName } from "./ladder.ts";
import { ladder } from "./ladder.ts";
import { learningRate } from "./learning-rate.ts";
import { modelConfig } from "./model-config.ts";
import { packRows } from "./pack-rows.ts";
import { createTrainingStep } from "./training-step.ts";
import { createUpdateWeights } from "./update-weights.ts";

/** Tokens a packed row; every document fits. */
const rowLength = 96;

export interface TrainRungOptions {
  readonly seed: number;
  /** Those of the schedule, if absent. */
  readonly steps?: number;
  readonly dataset: Dataset;
  readonly encode: (document: string) => readonly number[];
  readonly threads?: number;
}

export interface TrainedStep {
  readonly step: number;
  readonly loss: number;
  /** The weights now; the next step changes them in place. */
  readonly weights: ReadonlyMap<string, Weight>;
}

/** Pretrains one model of the ladder, step by step. The same seed and thread count give the same weights. */
export async function* trainRung(name: RungName, options: TrainRungOptions): AsyncGenerator<TrainedStep, void> {
  const { shape, rows, scheduledSteps } = ladder[name];
  const { seed, steps = scheduledSteps, dataset, encode, threads } = options;
  const weights = initialWeights(shape, createRandom(seed).fork("weights", name));
  const documents = documentStream(dataset, name, seed).map(encode);
  const batches = packRows(documents, { rows, length: rowLength });
  const training = await createTrainingStep(parseModelConfig(modelConfig(shape)), weights, {
    rows,
    length: rowLength,
    ...(threads === undefined ? {} : { threads }),
  });
  const update = createUpdateWeights(weights);
  try {
    for (let step = 1; step <= steps; step++) {
      const { loss, gradients } = await training.run(batches.next().value);
      update(gradients, learningRate(step, scheduledSteps));
      yield { step, loss, weights };
    }
  } finally {
    await training.release();
  }
}
