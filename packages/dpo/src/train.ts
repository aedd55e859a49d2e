import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { adapterFromLora, type CausalLm, createLossStep, type StepMode } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { saveAdapter } from "@prefdelta/lora/node";
import { createRandom } from "@prefdelta/random";
import { throwIfAborted } from "./abort.ts";
import { checkFinite } from "./check-finite.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint/checkpoint.ts";
import { identifyRun } from "./checkpoint/run-identity.ts";
import type { DpoConfig } from "./config.ts";
import { planBatches } from "./data/batch-plan.ts";
import { batchRows } from "./data/batch-rows.ts";
import { type EncodedPairs, encodePairs } from "./data/encode-pairs.ts";
import { weighByLength } from "./data/length-weights.ts";
import type { TrainingPair } from "./data/training-pair.ts";
import { DpoError } from "./errors.ts";
import { learningRateAt } from "./learning-rate.ts";
import { type LogRow, openTrainerLog } from "./log/trainer-log.ts";
import { createLoss } from "./losses/create-loss.ts";
import { configuredLoss } from "./losses/configured-loss.ts";
import { type AdamWOptions, initAdamW, updateAdamW } from "./optimizer/adamw.ts";
import { clipGradients } from "./optimizer/clip-gradients.ts";
import { flattenFactors } from "./optimizer/parameters.ts";
import { provenance } from "./provenance.ts";
import { referenceLogProbs } from "./reference/reference-log-probs.ts";
import { startLora } from "./start-lora.ts";
import { countTokens, updateGradient } from "./update-gradient.ts";

export interface TrainOptions {
  readonly lm: CausalLm;
  readonly pairs: readonly TrainingPair[];
  readonly config: DpoConfig;
  /** Gets adapter/, trainer_log.jsonl, checkpoint-STEP/ and, unless they are kept elsewhere, reference/. */
  readonly outDir: string;
  /** What the adapter's config names as its base; default: the model's folder. */
  readonly baseModel?: string;
  /** Start from this adapter in place of fresh factors. The reference remains the base. */
  readonly initialAdapter?: Adapter;
  /** Store of reference log-probs, to be shared between runs. */
  readonly referenceDir?: string;
  /** How steps are run: see causal-lm's createLossStep. */
  readonly engine?: { readonly mode?: StepMode; readonly memoryBytes?: number };
  /** Pairs whose reference log-probs are known. */
  readonly onReference?: (done: number, total: number) => void;
  /** After each update. */
  readonly onStep?: (progress: StepProgress) => void;
  /** Stops at the next step's end, after a checkpoint. */
  readonly signal?: AbortSignal;
}

export interface StepProgress {
  /** Updates made. */
  readonly step: number;
  readonly totalSteps: number;
  /** The line just logged. */
  readonly metrics: LogRow;
}

export interface TrainResult {
  /** PEFT folder of the trained adapter. */
  readonly adapterDir: string;
  readonly steps: number;
  /** Step of the checkpoint that the run went on from; 0 if it began anew. */
  readonly resumedFrom: number;
  readonly counts: EncodedPairs["counts"];
}

/**
 * Trains a LoRA on preference pairs, as TRL's DPOTrainer trains a PEFT model. Called again with the same inputs after a stop of any kind, it
 * goes on from the last checkpoint and ends with the bytes of an unbroken run (given the same runtime and thread count).
 *
 * @throws {DpoError} every code but E_CONFIG; CausalLmError, LoraError and SafetensorsError of the parts it uses
 */
export async function trainDpo(options: TrainOptions): Promise<TrainResult> {
  const { lm, config, outDir, initialAdapter, signal, engine = {} } = options;
  const { row: loss, options: lossOptions } = configuredLoss(config);
  await mkdir(outDir, { recursive: true });

  // Data
  const { ld_alpha } = config;
  const { pairs: encoded, counts } = encodePairs(lm.tokenizer, options.pairs, {
    maxLength: config.max_length,
    maskObservations: config.mask_observations,
    truncation: config.truncation_mode,
  });
  const pairs = ld_alpha === null ? encoded : encoded.map((pair) => weighByLength(pair, ld_alpha));
  if (pairs.length === 0) {
    throw new DpoError("E_NO_PAIRS", `pairs — expected at least one to train on, got ${JSON.stringify(counts)}`);
  }
  const plan = planBatches(pairs.length, {
    batchSize: config.per_device_train_batch_size,
    accumulation: config.gradient_accumulation_steps,
    epochs: config.num_train_epochs,
    maxSteps: config.max_steps,
    ...(config.train_sampling_strategy === "random" ? { random: createRandom(config.seed) } : {}),
  });

  // What is trained, and where an earlier run left it
  const lora = startLora(lm, config, initialAdapter);
  const parameters = flattenFactors(lora.modules);
  const arrays = { parameters, optimizer: initAdamW(parameters) };
  const run = identifyRun({ lm, pairs: options.pairs, encoded: pairs, config, parameters, engine });
  const start = (await loadCheckpoint(outDir, arrays, run)) ?? { step: 0, logBytes: 0, tokens: 0 };

  // What it is measured against
  const reference = loss.needsReference
    ? await referenceLogProbs(lm, batchRows(pairs, loss.needsRejected), {
        folder: options.referenceDir ?? join(outDir, "reference"),
        onProgress: options.onReference,
        signal,
      })
    : undefined;
  const lossStep = createLossStep(lm, createLoss(loss, lossOptions), engine);

  const log = await openTrainerLog(join(outDir, "trainer_log.jsonl"), start.logBytes);
  try {
    let { step, tokens } = start;
    let savedAt = step;
    const save = async (): Promise<void> => {
      if (savedAt === step) return;
      await saveCheckpoint(outDir, arrays, { progress: { step, logBytes: log.bytes, tokens }, run });
      savedAt = step;
    };
    while (step < plan.totalSteps) {
      if (signal?.aborted) await save();
      throwIfAborted(signal, `after step ${step} of ${plan.totalSteps}`);

      const batches = plan.batches(step);
      const batchPairs = batches.flat().map((i) => pairs[i]!);
      const { gradients, metrics } = await updateGradient(
        { lossStep, loss, beta: config.beta, lora, pairs, reference },
        batches,
      );
      const gradNorm = clipGradients(gradients, config.max_grad_norm);
      checkFinite({ loss: metrics["loss"]!, gradNorm, step: step + 1, ids: batchPairs.map(({ id }) => id) });
      const learningRate = learningRateAt(step, plan.totalSteps, config);
      updateAdamW(parameters, gradients, { ...adamWOptions(config), state: arrays.optimizer, learningRate });

      tokens += batchPairs.reduce((sum, pair) => sum + countTokens(pair, loss), 0);
      const epoch = plan.epochAfter(step);
      step++;
      const row: LogRow = {
        ...metrics,
        grad_norm: gradNorm,
        learning_rate: learningRate,
        num_tokens: tokens,
        epoch,
        step,
      };
      await log.append(row);
      if (step % config.save_steps === 0 || step === plan.totalSteps) await save();
      options.onStep?.({ step, totalSteps: plan.totalSteps, metrics: row });
    }
  } finally {
    await log.close();
  }

  const adapterDir = join(outDir, "adapter");
  const metadata = provenance({
    run,
    config,
    steps: plan.totalSteps,
    pairs: pairs.length,
    hasInitialAdapter: initialAdapter !== undefined,
  });
  await saveAdapter(adapterDir, adapterFromLora(lora, { baseModel: options.baseModel ?? lm.folder, metadata }));
  return { adapterDir, steps: plan.totalSteps, resumedFrom: start.step, counts };
}

const adamWOptions = (config: DpoConfig): AdamWOptions => ({
  beta1: config.adam_beta1,
  beta2: config.adam_beta2,
  epsilon: config.adam_epsilon,
  weightDecay: config.weight_decay,
});
