import type { HostTensor, TensorMap } from "@prefdelta/tfjs-onnx";
import type * as tf from "@tensorflow/tfjs-core";
import type { CausalLm } from "../causal-lm.ts";
import { embed } from "../embed.ts";
import type { LoraWeights } from "../lora.ts";
import { loraFeeds, loraInputs, loraKey, loraOf } from "../lora-inputs.ts";
import { pastFeeds, pastInputs, pastOf } from "../generation/past-inputs.ts";
import { cacheBytes } from "../generation/generation-memory.ts";
import { type ComputedPrefix, computePrefix, sharedLength } from "../generation/shared-prefix.ts";
import { decoder, finalNorm } from "../model/decoder.ts";
import { headBlocks } from "../model/head-blocks.ts";
import { tokenStatistics } from "../model/token-statistics.ts";
import { decoderFeeds, decoderInputs, headWeightFeeds, headWeightInputs } from "../model/weight-inputs.ts";
import { withRowNorms } from "../row-norms.ts";
import type { Step } from "../runtime/runtime.ts";
import type { StepBytes } from "../runtime/step-cache.ts";
import { atCountedRows, contextInputs, countedRows, headInputs, layerContext } from "./head-loss.ts";
import { type LayerBatch, makeRoom, residualStreams } from "./layer-forward.ts";
import { layOut, layoutSize, type PromptRow, roundLength } from "./layout.ts";
import { activationBudget } from "./memory-budget.ts";
import { forwardStepBytes, headStepBytes, layerwiseBytes, loraBytes, type StepSize } from "./step-memory.ts";
import { readStatistics, sumBySequence, type TokenStatistics } from "./sequence-statistics.ts";

export interface ScoreOptions {
  readonly lora?: LoraWeights;
  /** Tokens of one batch at most, padding included (one row at least): 2048, or fewer where a step of so many would not fit the model's memory. */
  readonly batchTokens?: number;
  readonly onProgress?: (rowsDone: number) => void;
}

/** Statistics by sequence from the residual stream at the counted positions: [M, hidden] → [S, 4]. */
function headSums(lm: CausalLm, tensors: TensorMap, hidden: tf.Tensor): tf.Tensor {
  const { config } = lm;
  const weight = (name: string): tf.Tensor => tensors[name]!;
  const normed = finalNorm({ config, weight }, hidden);
  const blocks = headBlocks(config).map(({ name }) => weight(name));
  const statistics = tokenStatistics({ hidden: normed, blocks, targets: tensors["targets"]! });
  return sumBySequence({ select: tensors["select"]!, weights: tensors["weights"] }, statistics);
}

interface Batch extends LayerBatch {
  readonly prefix: ComputedPrefix | undefined;
}

function compileWhole(lm: CausalLm, { layout, lora, prefix }: Batch): Promise<Step> {
  const { config } = lm;
  const slots = prefix?.slots ?? 0;
  const inputs = {
    embedded: { shape: [layout.tokens, config.hiddenSize] },
    ...contextInputs(layout),
    ...headInputs(layout),
    ...decoderInputs(lm),
    ...(lora ? loraInputs(lora) : {}),
    ...pastInputs(config, { rows: 1, slots }),
  };
  return lm.runtime.compile((tensors) => {
    const { hidden } = decoder({
      ...layerContext(config, layout, tensors),
      embedded: tensors["embedded"]!,
      wanted: countedRows(tensors),
      weight: (name) => tensors[name]!,
      lora: loraOf(tensors, lora),
      ...pastOf(config, tensors, slots),
    });
    return { sums: headSums(lm, tensors, hidden) };
  }, inputs);
}

/** What a batch over the whole model takes, and what all prompts begin with beside it. */
function wholeBytes(lm: CausalLm, size: StepSize, prefix: ComputedPrefix | undefined): StepBytes {
  const slots = prefix?.slots ?? 0;
  const { needs, keeps } = forwardStepBytes(lm, { ...size, past: slots });
  return { needs: needs + cacheBytes(lm.config, { rows: 1, capacity: slots }), keeps };
}

async function scoreWhole(lm: CausalLm, batch: Batch): Promise<HostTensor> {
  const { layout, lora, prefix } = batch;
  const key = `score ${layout.key} ${loraKey(lora)}`;
  const step = await lm.steps.get(key, () => compileWhole(lm, batch), wholeBytes(lm, layout, prefix));
  const { sums } = await step.run({
    ...decoderFeeds(lm),
    ...(lora ? loraFeeds(lora) : {}),
    ...layout.feeds,
    ...pastFeeds(prefix),
    embedded: embed(lm, layout.ids),
  });
  return sums!;
}

async function scoreLayerwise(lm: CausalLm, { layout, lora }: LayerBatch): Promise<HostTensor> {
  let stream: HostTensor | undefined;
  for await (const next of residualStreams(lm, { layout, lora })) stream = next;
  await makeRoom(lm);
  const inputs = { x: { shape: stream!.shape }, ...headInputs(layout), ...headWeightInputs(lm) };
  const step = await lm.steps.get(
    `score head ${layout.key}`,
    () =>
      lm.runtime.compile(
        (tensors) => ({ sums: headSums(lm, tensors, atCountedRows(tensors["x"]!, layout, tensors)) }),
        inputs,
      ),
    headStepBytes(lm, layout),
  );
  const { sums } = await step.run({ ...(await headWeightFeeds(lm)), ...layout.feeds, x: stream! });
  await makeRoom(lm);
  return sums!;
}

async function scoreBatch(
  lm: CausalLm,
  rows: readonly PromptRow[],
  { lora, prefix }: Pick<Batch, "lora" | "prefix">,
): Promise<TokenStatistics> {
  const layout = layOut(lm.config, rows, prefix);
  const sums = await (lm.disk ? scoreLayerwise : scoreWhole)(lm, { layout, lora, prefix });
  return readStatistics(sums.data as Float32Array, layout.counts);
}

const rowTokens = ({ prompt, completions }: PromptRow): number =>
  roundLength(Math.max(1, prompt.length - 1)) +
  completions.length * roundLength(Math.max(0, ...completions.map(({ ids }) => ids.length)));

/** What a step over some rows takes, beside process and weights. */
function bytesOf(lm: CausalLm, rows: readonly PromptRow[], prefix: ComputedPrefix | undefined): number {
  const layout = layoutSize(rows);
  return lm.disk ? layerwiseBytes(lm, { layout, differentiates: false }) : wholeBytes(lm, layout, prefix).needs;
}

/** Rows of like length together, so that little is padded: batches of indices into `rows`. */
function batches(
  rows: readonly PromptRow[],
  batchTokens: number,
  isSmall: (batch: readonly PromptRow[]) => boolean,
): number[][] {
  const order = rows.map((_, i) => i).sort((a, b) => rowTokens(rows[a]!) - rowTokens(rows[b]!) || a - b);
  const result: number[][] = [];
  for (const index of order) {
    const last = result.at(-1);
    // Ascending lengths: the newcomer is the batch's longest row.
    const grown = last && [...last, index];
    if (grown && grown.length * rowTokens(rows[index]!) <= batchTokens && isSmall(grown.map((index) => rows[index]!)))
      last.push(index);
    else result.push([index]);
  }
  return result;
}

/** What all prompts begin with, computed once, and the rows without it. */
async function sharePrefix(
  lm: CausalLm,
  rows: readonly PromptRow[],
  lora: LoraWeights | undefined,
): Promise<{ readonly prefix: ComputedPrefix | undefined; readonly rows: readonly PromptRow[] }> {
  const length = lm.disk ? 0 : sharedLength(rows.map(({ prompt }) => prompt));
  if (length === 0) return { prefix: undefined, rows };
  const prefix = await computePrefix(lm, rows[0]!.prompt.slice(0, length), { lora, left: activationBudget(lm) });
  return { prefix, rows: rows.map((row) => ({ ...row, prompt: row.prompt.slice(length) })) };
}

/**
 * Log-probs of completions given their prompts, one entry a completion in row order. A prompt is computed once for its completions, and what
 * all prompts begin with, a task's examples for instance, once for all. A row that does not fit the model's `memoryBytes` runs all the same, and the model's
 * `onShortage` is told.
 *
 * @throws {CausalLmError} E_TOKENS
 */
export async function score(
  lm: CausalLm,
  given: readonly PromptRow[],
  options: ScoreOptions = {},
): Promise<TokenStatistics> {
  const { batchTokens = 2048, onProgress } = options;
  const lora = options.lora && (await withRowNorms(lm, options.lora));
  const { prefix, rows } = await sharePrefix(lm, given, lora);
  const firstOf: number[] = []; // a row's first sequence
  let sequences = 0;
  for (const { completions } of rows) {
    firstOf.push(sequences);
    sequences += completions.length;
  }
  const all: TokenStatistics = {
    logProbs: new Float32Array(sequences),
    counts: new Int32Array(sequences),
    meanLogits: new Float32Array(sequences),
    entropy: new Float32Array(sequences),
    accuracy: new Float32Array(sequences),
  };
  let done = 0;
  const left = activationBudget(lm) - (lora ? loraBytes(lora) : 0);
  for (const batch of batches(rows, batchTokens, (some) => bytesOf(lm, some, prefix) <= left)) {
    const together = batch.map((index) => rows[index]!);
    const needed = bytesOf(lm, together, prefix);
    if (lm.memoryBytes !== undefined && needed > left) lm.onShortage?.(needed, left);
    const scored = await scoreBatch(lm, together, { lora, prefix });
    let from = 0;
    for (const index of batch) {
      const { length } = rows[index]!.completions;
      for (const key of ["logProbs", "counts", "meanLogits", "entropy", "accuracy"] as const) {
        all[key].set(scored[key].subarray(from, from + length), firstOf[index]!);
      }
      from += length;
    }
    done += batch.length;
    onProgress?.(done);
  }
  return all;
}
