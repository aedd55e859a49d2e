import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  adapterFromLora,
  type CausalLm,
  createLossStep,
  type LoraWeights,
  type StepMode,
  withMagnitudes,
} from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { saveAdapter } from "@prefdelta/lora/node";
import { createRandom } from "@prefdelta/random";
import { throwIfAborted } from "./abort.ts";
import { checkFinite } from "./check-finite.ts";
import { loadCheckpoint, type Progress, saveCheckpoint, type TrainingArrays } from "./checkpoint/checkpoint.ts";
import { identifyRun } from "./checkpoint/run-identity.ts";
import type { DpoConfig } from "./config.ts";
import { type BatchPlan, planBatches } from "./data/batch-plan.ts";
import type { PairStream } from "./data/encode-stream.ts";
import type { PairCounts } from "./data/pair-counts.ts";
import { prepareData, type TrainingData } from "./data/prepare-data.ts";
import { readUpdate } from "./data/read-update.ts";
import type { BestSoFar } from "./evaluation/best-so-far.ts";
import { createEvaluation } from "./evaluation/create-evaluation.ts";
import { isEvaluationDue, isOver, judge } from "./evaluation/evaluation-plan.ts";
import { learningRateAt } from "./learning-rate.ts";
import type { MetricsWriter } from "./log/metrics-writer.ts";
import { type LogRow, openTrainerLog, readTrainerLog } from "./log/trainer-log.ts";
import { configuredLoss } from "./losses/configured-loss.ts";
import { createLoss } from "./losses/create-loss.ts";
import { type AdamWOptions, initAdamW, updateAdamW } from "./optimizer/adamw.ts";
import { clipGradients } from "./optimizer/clip-gradients.ts";
import {
  copyParameters,
  flattenFactors,
  learnsFaster,
  type Parameters,
  setParameters,
} from "./optimizer/parameters.ts";
import { provenance } from "./provenance.ts";
import { bothReferences } from "./reference/both-references.ts";
import { loraOfReference } from "./reference/lora-of-reference.ts";
import { startLora } from "./start-lora.ts";
import { countTokens, updateDropout, updateGradient } from "./update-gradient.ts";
import { type RunVerdict, runVerdicts } from "./verdicts/run-verdicts.ts";

export interface TrainOptions {
  readonly lm: CausalLm;
  /** Read once: a million need not be in memory. */
  readonly pairs: PairStream;
  /** Measured on, never trained on; `eval_strategy` says when. */
  readonly evaluationPairs?: PairStream | undefined;
  readonly config: DpoConfig;
  /** Gets adapter/, trainer_log.jsonl, checkpoint-STEP/ and, unless they are kept elsewhere, reference/. */
  readonly outDir: string;
  /** What the adapter's config names as its base; default: the model's folder. */
  readonly baseModel?: string;
  /** Start from this adapter in place of fresh factors. The reference remains the base, unless `reference` in the settings says otherwise. */
  readonly initialAdapter?: Adapter | undefined;
  /** Store of reference log-probs, to be shared between runs. */
  readonly referenceDir?: string;
  /** How steps are run: see causal-lm's createLossStep. */
  readonly engine?: { readonly mode?: StepMode; readonly memoryBytes?: number };
  /** Get every row of the log; the caller closes them. */
  readonly writers?: readonly MetricsWriter[];
  /** Pairs encoded so far, every thousand. */
  readonly onPairs?: (done: number) => void;
  /** Pairs whose reference log-probs are known. */
  readonly onReference?: (done: number, total: number) => void;
  /** After each update. */
  readonly onStep?: (progress: StepProgress) => void;
  /** After each evaluation, with the line just logged. */
  readonly onEvaluation?: (metrics: LogRow) => void;
  /** Where a batch needs more memory than the model was given, and again where another needs still more: bytes of the process. Training goes on. */
  readonly onShortage?: (neededBytes: number) => void;
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
  /** Updates made: fewer than planned where evaluations brought nothing any more. */
  readonly steps: number;
  /** Step of the checkpoint that the run went on from; 0 if it began anew. */
  readonly resumedFrom: number;
  readonly counts: PairCounts;
  /** Of the pairs evaluated on, and the best evaluation: the adapter is of its step where `load_best_model_at_end` is set. */
  readonly evaluation?: { readonly counts: PairCounts; readonly best: BestSoFar };
  /** What the curves say. */
  readonly verdicts: readonly RunVerdict[];
}

/**
 * Trains a LoRA on preference pairs, as TRL's DPOTrainer trains a PEFT model. Called again with the same inputs after a stop of any kind, it
 * goes on from the last checkpoint and ends with the bytes of an unbroken run (given the same runtime and thread count).
 *
 * @throws {DpoError} every code; CausalLmError, LoraError and SafetensorsError of the parts it uses
 */
export async function trainDpo(options: TrainOptions): Promise<TrainResult> {
  const { lm, config, outDir, onPairs, signal } = options;
  await mkdir(outDir, { recursive: true });
  const preparing = { tokenizer: lm.tokenizer, config, folder: outDir, onProgress: onPairs, signal };
  const data = await prepareData(options, preparing);
  try {
    return await trainOnData(data, options);
  } finally {
    await data.close();
  }
}

async function trainOnData(data: TrainingData, options: TrainOptions): Promise<TrainResult> {
  const { lm, config, outDir, initialAdapter, signal, engine = {}, writers = [] } = options;
  const { row: loss, options: lossOptions } = configuredLoss(config);
  const referenceLora = loraOfReference(lm, config, initialAdapter);
  const { training: pairs, hashes } = data;
  const plan = planRun(pairs.length, config);

  // What is trained, and where an earlier run left it
  const factors = startLora(lm, config, initialAdapter);
  const lora = config.use_dora ? await withMagnitudes(lm, factors) : factors;
  const parameters = flattenFactors(lora.modules);
  const arrays = startArrays(parameters, config);
  const run = identifyRun({ lm, hashes, config, parameters, engine });
  const start: Progress = (await loadCheckpoint(outDir, arrays, run)) ?? { step: 0, logBytes: 0, tokens: 0 };

  // What it is measured against
  const reference = await bothReferences(data, { plan, loss, lora: referenceLora }, options);
  const objective = createLoss(loss, lossOptions);
  const lossStep = createLossStep(lm, objective, { ...engine, onShortage: tellShortage(options) });
  const evaluate =
    data.evaluation &&
    createEvaluation({
      lm,
      loss: objective,
      needsRejected: loss.needsRejected,
      beta: config.beta,
      pairs: data.evaluation.pairs,
      reference: reference.evaluation,
      batchSize: config.per_device_eval_batch_size,
    });

  const logPath = join(outDir, "trainer_log.jsonl");
  const log = await openTrainerLog(logPath, start.logBytes);
  let { step, tokens, best } = start;
  try {
    const write = async (row: LogRow): Promise<void> => {
      await log.append(row);
      for (const writer of writers) await writer.write(row);
    };
    let savedAt = step;
    const save = async (): Promise<void> => {
      if (savedAt === step) return;
      await saveCheckpoint(outDir, arrays, { progress: { step, logBytes: log.bytes, tokens, best }, run });
      savedAt = step;
    };
    while (step < plan.totalSteps && !isOver(best, config)) {
      if (signal?.aborted) await save();
      throwIfAborted(signal, `after step ${step} of ${plan.totalSteps}`);

      const update = await readUpdate(pairs, { batches: plan.batches(step), reference: reference.training });
      const { gradients, metrics } = await updateGradient(
        { lossStep, loss, beta: config.beta, lora, ...update, dropout: updateDropout(step, config) },
        update.batches,
      );
      const gradNorm = clipGradients(gradients, config.max_grad_norm);
      checkFinite({ loss: metrics["loss"]!, gradNorm, step: step + 1, ids: update.pairs.map(({ id }) => id) });
      const learningRate = learningRateAt(step, plan.totalSteps, config);
      updateAdamW(parameters, gradients, { ...adamWOptions(config), state: arrays.optimizer, learningRate });

      tokens += update.pairs.reduce((sum, pair) => sum + countTokens(pair, loss), 0);
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
      await write(row);
      if (evaluate && isEvaluationDue(step, plan, config)) {
        const evaluated = { ...(await evaluate(lora)), epoch, step };
        best = judge(evaluated, { best, step }, config);
        if (best.step === step) keepParameters(arrays);
        await write(evaluated);
        options.onEvaluation?.(evaluated);
      }
      const isLast = step === plan.totalSteps || isOver(best, config);
      if (isLast || step % config.save_steps === 0) await save();
      options.onStep?.({ step, totalSteps: plan.totalSteps, metrics: row });
    }
  } finally {
    await log.close();
  }

  restoreParameters(arrays);
  const metadata = provenance({
    run,
    config,
    steps: step,
    pairs: pairs.length,
    hasInitialAdapter: initialAdapter !== undefined,
    referenceLora,
    bestStep: config.load_best_model_at_end ? best?.step : undefined,
  });
  return {
    adapterDir: await writeAdapter(lora, metadata, options),
    steps: step,
    resumedFrom: start.step,
    counts: data.counts,
    ...evaluationResult(data, best),
    verdicts: runVerdicts(await readTrainerLog(logPath), config),
  };
}

const planRun = (pairs: number, config: DpoConfig): BatchPlan =>
  planBatches(pairs, {
    batchSize: config.per_device_train_batch_size,
    accumulation: config.gradient_accumulation_steps,
    epochs: config.num_train_epochs,
    maxSteps: config.max_steps,
    ...(config.train_sampling_strategy === "random" ? { random: createRandom(config.seed) } : {}),
  });

/** What a model was given, and what its steps lack besides: told the first time, and again where it is more. */
function tellShortage({ lm, onShortage }: TrainOptions): (needed: number, left: number) => void {
  let told = 0;
  return (needed, left) => {
    if (lm.memoryBytes === undefined || needed - left <= told) return;
    told = needed - left;
    onShortage?.(lm.memoryBytes + told);
  };
}

/** @returns the adapter's folder */
async function writeAdapter(
  lora: LoraWeights,
  metadata: ReadonlyMap<string, string>,
  { outDir, lm, baseModel = lm.folder }: TrainOptions,
): Promise<string> {
  const folder = join(outDir, "adapter");
  await saveAdapter(folder, adapterFromLora(lora, { baseModel, metadata }));
  return folder;
}

const startArrays = (parameters: Parameters, { load_best_model_at_end }: DpoConfig): TrainingArrays => ({
  parameters,
  optimizer: initAdamW(parameters),
  best: load_best_model_at_end ? copyParameters(parameters) : undefined,
});

/** Takes the best parameters for the last ones, where they are wanted. */
function restoreParameters({ parameters, best }: TrainingArrays): void {
  if (best) setParameters(parameters, best);
}

/** Remembers the parameters as they are, where the best ones are wanted. */
function keepParameters({ parameters, best }: TrainingArrays): void {
  if (best) setParameters(best, parameters);
}

const evaluationResult = ({ evaluation }: TrainingData, best: BestSoFar | undefined): Pick<TrainResult, "evaluation"> =>
  evaluation && best ? { evaluation: { counts: evaluation.counts, best } } : {};

const adamWOptions = (config: DpoConfig): AdamWOptions => ({
  beta1: config.adam_beta1,
  beta2: config.adam_beta2,
  epsilon: config.adam_epsilon,
  weightDecay: config.weight_decay,
  rateFactor: (name) => (learnsFaster(name) ? (config.loraplus_lr_ratio ?? 1) : 1),
});
