import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { adapterFromLora, type CausalLm, createLossStep, type LoraWeights, type StepMode } from "@prefdelta/causal-lm";
import type { Adapter } from "@prefdelta/lora";
import { saveAdapter } from "@prefdelta/lora/node";
import { createRandom } from "@prefdelta/random";
import { throwIfAborted } from "./abort.ts";
import { checkFinite } from "./check-finite.ts";
import { loadCheckpoint, type Progress, saveCheckpoint, type TrainingArrays } from "./checkpoint/checkpoint.ts";
import { identifyRun } from "./checkpoint/run-identity.ts";
import type { DpoConfig } from "./config.ts";
import { type BatchPlan, planBatches } from "./data/batch-plan.ts";
import { batchRows } from "./data/batch-rows.ts";
import type { EncodedPair, EncodedPairs } from "./data/encode-pairs.ts";
import { prepareData, type TrainingData } from "./data/prepare-data.ts";
import type { TrainingPair } from "./data/training-pair.ts";
import type { BestSoFar } from "./evaluation/best-so-far.ts";
import { createEvaluation } from "./evaluation/create-evaluation.ts";
import { isEvaluationDue, isOver, judge } from "./evaluation/evaluation-plan.ts";
import { learningRateAt } from "./learning-rate.ts";
import type { MetricsWriter } from "./log/metrics-writer.ts";
import { type LogRow, openTrainerLog, readTrainerLog } from "./log/trainer-log.ts";
import { configuredLoss } from "./losses/configured-loss.ts";
import { createLoss } from "./losses/create-loss.ts";
import type { DpoLoss } from "./losses/dpo-loss.ts";
import { type AdamWOptions, initAdamW, updateAdamW } from "./optimizer/adamw.ts";
import { clipGradients } from "./optimizer/clip-gradients.ts";
import { copyParameters, flattenFactors, isB, type Parameters, setParameters } from "./optimizer/parameters.ts";
import { provenance } from "./provenance.ts";
import { referenceLogProbs } from "./reference/reference-log-probs.ts";
import { startLora } from "./start-lora.ts";
import { countTokens, updateGradient } from "./update-gradient.ts";
import { type RunVerdict, runVerdicts } from "./verdicts/run-verdicts.ts";

export interface TrainOptions {
  readonly lm: CausalLm;
  readonly pairs: readonly TrainingPair[];
  /** Measured on, never trained on; `eval_strategy` says when. */
  readonly evaluationPairs?: readonly TrainingPair[] | undefined;
  readonly config: DpoConfig;
  /** Gets adapter/, trainer_log.jsonl, checkpoint-STEP/ and, unless they are kept elsewhere, reference/. */
  readonly outDir: string;
  /** What the adapter's config names as its base; default: the model's folder. */
  readonly baseModel?: string;
  /** Start from this adapter in place of fresh factors. The reference remains the base. */
  readonly initialAdapter?: Adapter | undefined;
  /** Store of reference log-probs, to be shared between runs. */
  readonly referenceDir?: string;
  /** How steps are run: see causal-lm's createLossStep. */
  readonly engine?: { readonly mode?: StepMode; readonly memoryBytes?: number };
  /** Get every row of the log; the caller closes them. */
  readonly writers?: readonly MetricsWriter[];
  /** Pairs whose reference log-probs are known. */
  readonly onReference?: (done: number, total: number) => void;
  /** After each update. */
  readonly onStep?: (progress: StepProgress) => void;
  /** After each evaluation, with the line just logged. */
  readonly onEvaluation?: (metrics: LogRow) => void;
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
  readonly counts: EncodedPairs["counts"];
  /** Of the pairs evaluated on, and the best evaluation: the adapter is of its step where `load_best_model_at_end` is set. */
  readonly evaluation?: { readonly counts: EncodedPairs["counts"]; readonly best: BestSoFar };
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
  const { lm, config, outDir, initialAdapter, signal, engine = {}, writers = [] } = options;
  const { row: loss, options: lossOptions } = configuredLoss(config);
  await mkdir(outDir, { recursive: true });

  // Data
  const data = prepareData(lm.tokenizer, options, config);
  const { training: pairs } = data;
  const plan = planRun(pairs.length, config);

  // What is trained, and where an earlier run left it
  const lora = startLora(lm, config, initialAdapter);
  const parameters = flattenFactors(lora.modules);
  const arrays = startArrays(parameters, config);
  const { evaluationPairs } = options;
  const run = identifyRun({ lm, pairs: options.pairs, evaluationPairs, encoded: pairs, config, parameters, engine });
  const start: Progress = (await loadCheckpoint(outDir, arrays, run)) ?? { step: 0, logBytes: 0, tokens: 0 };

  // What it is measured against
  const reference = await bothReferences(data, loss, options);
  const objective = createLoss(loss, lossOptions);
  const lossStep = createLossStep(lm, objective, engine);
  const evaluate = createEvaluation({
    lm,
    loss: objective,
    needsRejected: loss.needsRejected,
    beta: config.beta,
    pairs: evaluatedPairs(data),
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

      const batches = plan.batches(step);
      const batchPairs = batches.flat().map((i) => pairs[i]!);
      const { gradients, metrics } = await updateGradient(
        { lossStep, loss, beta: config.beta, lora, pairs, reference: reference.training },
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
      await write(row);
      if (isEvaluationDue(step, plan, config)) {
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

const evaluatedPairs = ({ evaluation }: TrainingData): readonly EncodedPair[] => evaluation?.pairs ?? [];

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

interface BothReferences {
  readonly training: Float64Array | undefined;
  readonly evaluation: Float64Array | undefined;
}

/** log π_ref of the pairs trained on, and of those evaluated on, where the loss has a reference. */
async function bothReferences(data: TrainingData, loss: DpoLoss, options: TrainOptions): Promise<BothReferences> {
  const { lm, outDir, onReference, signal, referenceDir: folder = join(outDir, "reference") } = options;
  if (!loss.needsReference) return { training: undefined, evaluation: undefined };
  const training = batchRows(data.training, loss.needsRejected);
  const evaluation = batchRows(evaluatedPairs(data), loss.needsRejected);
  const total = training.length + evaluation.length;
  const told = (before: number) => (done: number) => onReference?.(before + done, total);
  return {
    training: await referenceLogProbs(lm, training, { folder, onProgress: told(0), signal }),
    evaluation: await referenceLogProbs(lm, evaluation, { folder, onProgress: told(training.length), signal }),
  };
}

const adamWOptions = (config: DpoConfig): AdamWOptions => ({
  beta1: config.adam_beta1,
  beta2: config.adam_beta2,
  epsilon: config.adam_epsilon,
  weightDecay: config.weight_decay,
  rateFactor: (name) => (isB(name) ? (config.loraplus_lr_ratio ?? 1) : 1),
});
