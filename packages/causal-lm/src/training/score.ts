import type { HostTensor, TensorMap } from "@prefdelta/tfjs-onnx";
import type * as tf from "@tensorflow/tfjs-core";
import type { CausalLm } from "../causal-lm.ts";
import { embed } from "../embed.ts";
import { loraFeeds, loraInputs, loraKey, loraOf, type LoraWeights } from "../lora.ts";
import { decoder, finalNorm } from "../model/decoder.ts";
import { tokenStatistics } from "../model/token-log-probs.ts";
import { decoderFeeds, decoderInputs, headWeightFeeds, headWeightInputs } from "../model/weight-inputs.ts";
import { headName } from "../model/weights.ts";
import type { Step } from "../runtime/runtime.ts";
import { atCountedRows, contextInputs, countedRows, headInputs, layerContext } from "./head-loss.ts";
import { type LayerBatch, makeRoom, residualStreams } from "./layer-forward.ts";
import { layOut, type PromptRow, roundLength } from "./layout.ts";
import { readStatistics, sumBySequence, type TokenStatistics } from "./sequence-statistics.ts";

export interface ScoreOptions {
  readonly lora?: LoraWeights;
  /** Tokens of one batch at most, padding included (one row at least). */
  readonly batchTokens?: number;
  readonly onProgress?: (rowsDone: number) => void;
}

/** Statistics by sequence from the residual stream at the counted positions: [M, hidden] → [S, 4]. */
function headSums(lm: CausalLm, tensors: TensorMap, hidden: tf.Tensor): tf.Tensor {
  const { config } = lm;
  const weight = (name: string): tf.Tensor => tensors[name]!;
  const normed = finalNorm({ config, weight }, hidden);
  const statistics = tokenStatistics({ hidden: normed, head: weight(headName(config)), targets: tensors["targets"]! });
  return sumBySequence({ select: tensors["select"]!, weights: tensors["weights"] }, statistics);
}

function compileWhole(lm: CausalLm, { layout, lora }: LayerBatch): Promise<Step> {
  const { config } = lm;
  const inputs = {
    embedded: { shape: [layout.tokens, config.hiddenSize] },
    ...contextInputs(layout),
    ...headInputs(layout),
    ...decoderInputs(lm),
    ...(lora ? loraInputs(lora) : {}),
  };
  return lm.runtime.compile((tensors) => {
    const { hidden } = decoder({
      ...layerContext(config, layout, tensors),
      embedded: tensors["embedded"]!,
      wanted: countedRows(tensors),
      weight: (name) => tensors[name]!,
      lora: loraOf(tensors, lora),
    });
    return { sums: headSums(lm, tensors, hidden) };
  }, inputs);
}

async function scoreWhole(lm: CausalLm, { layout, lora }: LayerBatch): Promise<HostTensor> {
  const key = `score ${layout.key} ${loraKey(lora)}`;
  const step = await lm.steps.get(key, () => compileWhole(lm, { layout, lora }));
  const { sums } = await step.run({
    ...decoderFeeds(lm),
    ...(lora ? loraFeeds(lora) : {}),
    ...layout.feeds,
    embedded: embed(lm, layout.ids),
  });
  return sums!;
}

async function scoreLayerwise(lm: CausalLm, { layout, lora }: LayerBatch): Promise<HostTensor> {
  let stream: HostTensor | undefined;
  for await (const next of residualStreams(lm, { layout, lora })) stream = next;
  await makeRoom(lm);
  const inputs = { x: { shape: stream!.shape }, ...headInputs(layout), ...headWeightInputs(lm) };
  const step = await lm.steps.get(`score head ${layout.key}`, () =>
    lm.runtime.compile(
      (tensors) => ({ sums: headSums(lm, tensors, atCountedRows(tensors["x"]!, layout, tensors)) }),
      inputs,
    ),
  );
  const { sums } = await step.run({ ...(await headWeightFeeds(lm)), ...layout.feeds, x: stream! });
  await makeRoom(lm);
  return sums!;
}

async function scoreBatch(
  lm: CausalLm,
  rows: readonly PromptRow[],
  lora: LoraWeights | undefined,
): Promise<TokenStatistics> {
  const layout = layOut(lm.config, rows);
  const sums = await (lm.disk ? scoreLayerwise : scoreWhole)(lm, { layout, lora });
  return readStatistics(sums.data as Float32Array, layout.counts);
}

const rowTokens = ({ prompt, completions }: PromptRow): number =>
  roundLength(Math.max(1, prompt.length - 1)) +
  completions.length * roundLength(Math.max(0, ...completions.map(({ ids }) => ids.length)));

/** Rows of like length together, so that little is padded: batches of indices into `rows`. */
function batches(rows: readonly PromptRow[], batchTokens: number): number[][] {
  const order = rows.map((_, i) => i).sort((a, b) => rowTokens(rows[a]!) - rowTokens(rows[b]!) || a - b);
  const result: number[][] = [];
  for (const index of order) {
    const last = result.at(-1);
    // Ascending lengths: the newcomer is the batch's longest row.
    if (last && (last.length + 1) * rowTokens(rows[index]!) <= batchTokens) last.push(index);
    else result.push([index]);
  }
  return result;
}

/**
 * Log-probs of completions given their prompts, one entry a completion in row order. A prompt is computed once for its completions.
 *
 * @throws {CausalLmError} E_TOKENS
 */
export async function score(
  lm: CausalLm,
  rows: readonly PromptRow[],
  options: ScoreOptions = {},
): Promise<TokenStatistics> {
  const { lora, batchTokens = 2048, onProgress } = options;
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
  for (const batch of batches(rows, batchTokens)) {
    const scored = await scoreBatch(
      lm,
      batch.map((index) => rows[index]!),
      lora,
    );
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
