import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { CausalLm } from "@prefdelta/causal-lm";
import { DpoError, trainDpo } from "@prefdelta/dpo";
import type { DpoConfig, MetricsWriter, PairStream, RunEnd, TrainResult } from "@prefdelta/dpo";
import type { Adapter } from "@prefdelta/lora";

import { formatMegabytes } from "../print/format-bytes.ts";
import type { Progress, Reporter } from "../print/reporter.ts";
import { interrupted } from "../stages/interrupted.ts";

export interface TrainAdapterOptions {
  /** What the training is called while it goes on. */
  readonly label: string;
  readonly lm: CausalLm;
  readonly pairs: PairStream;
  readonly evaluationPairs?: PairStream | undefined;
  readonly config: DpoConfig;
  /** Start from this adapter; the reference is the base, or what the settings say. */
  readonly initialAdapter?: Adapter | undefined;
  /** What the adapter's config names as its base. */
  readonly baseModel: string;
  /** Keeps checkpoints; with the same inputs a later call goes on from them. */
  readonly work: string;
  /** Gets the adapter's files and trainer_log.jsonl. */
  readonly output: string;
  /** Reference log-probs, shared by all trainings on this base. */
  readonly referenceDir: string;
  /** Get every row of the log, and are closed. */
  readonly writers?: readonly MetricsWriter[];
  /** What a person runs to go on after Ctrl-C, if it is not the same command. */
  readonly continuedBy?: string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Encoding a thousand pairs takes about a second: how many are told together. */
const TOLD_PAIRS = 50_000;

/** Trains one LoRA with progress shown. @throws CliError E_INTERRUPTED; the errors of @prefdelta/dpo */
export async function trainAdapter(options: TrainAdapterOptions): Promise<TrainResult> {
  const { label, reporter, work, output, continuedBy, ...training } = options;
  let bar: Progress | undefined;
  let end: RunEnd = "failed";
  let phase: "reference" | "steps" | undefined;
  const enter = (next: "reference" | "steps", start: { done: number; total: number }): Progress => {
    if (phase !== next || bar === undefined) {
      bar?.stop();
      phase = next;
      const unit = next === "steps" ? "steps" : "pairs";
      bar = reporter.progress(next === "steps" ? label : `${label} reference`, {
        total: start.total,
        unit,
        start: start.done,
      });
    }
    return bar;
  };
  try {
    const result = await trainDpo({
      ...training,
      outDir: work,
      onPairs: (done) => {
        if (done % TOLD_PAIRS === 0) reporter.line(`  ${label}: ${done} pairs encoded`);
      },
      onShortage: (bytes) =>
        reporter.line(
          `warning: ${label}: a batch takes some ${formatMegabytes(bytes)} layer by layer, more than --memory; fewer pairs a batch (per_device_train_batch_size) or a lower max_length take less`,
        ),
      onReference: (done, total) => enter("reference", { done: 0, total }).update(done),
      onStep: ({ step, totalSteps, metrics }) =>
        enter("steps", { done: step - 1, total: totalSteps }).update(step, `loss ${metrics["loss"]?.toFixed(4)}`),
      onEvaluation: ({ step, eval_loss, "eval_rewards/accuracies": accuracy }) =>
        reporter.line(
          `  ${label}: evaluation after step ${step}: loss ${eval_loss?.toFixed(4)}${accuracy === undefined ? "" : `, accuracy ${accuracy.toFixed(3)}`}`,
        ),
    });
    await mkdir(output, { recursive: true });
    await cp(result.adapterDir, output, { recursive: true });
    await cp(join(work, "trainer_log.jsonl"), join(output, "trainer_log.jsonl"));
    end = "finished";
    return result;
  } catch (error) {
    if (error instanceof DpoError && error.code === "E_ABORTED") {
      end = "stopped";
      throw interrupted(label, continuedBy);
    }
    throw error;
  } finally {
    bar?.stop();
    for (const writer of training.writers ?? []) await writer.close(end);
  }
}

/** How many pairs there were, and what became of those that did not fit: said even where all did. */
function describeCounts({ kept, tooLong, empty, cut }: TrainResult["counts"]): string {
  const losses = [
    [tooLong, "too long"],
    [empty, "empty"],
    [cut, "cut"],
  ] as const;
  const told = losses.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${kept} pairs (${told.length === 0 ? "none left out or cut" : told.join(", ")})`;
}

/** What was done, in a few words. */
export function describeTraining({ steps, resumedFrom, counts, evaluation }: TrainResult): string {
  const resumed = resumedFrom === 0 ? "" : `, resumed from step ${resumedFrom}`;
  const best =
    evaluation === undefined
      ? ""
      : `, evaluated on ${describeCounts(evaluation.counts)}: best ${evaluation.best.value.toFixed(4)} after step ${evaluation.best.step}`;
  return `${steps} steps on ${describeCounts(counts)}${resumed}${best}`;
}
