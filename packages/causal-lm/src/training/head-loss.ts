import * as tf from "@tensorflow/tfjs-core";
import type { TensorMap } from "@prefdelta/tfjs-onnx";
import type { ModelConfig } from "../model/config.ts";
import { finalNorm } from "../model/decoder.ts";
import { type LayerContext, ofContinuations } from "../model/decoder-layer.ts";
import { gatherRows, type RowSelection } from "../model/gather-rows.ts";
import { headBlocks } from "../model/head-blocks.ts";
import { TOKEN_COLUMNS, tokenStatistics } from "../model/token-statistics.ts";
import type { StepInputs } from "../runtime/runtime.ts";
import type { Layout } from "./layout.ts";
import type { Loss } from "./loss.ts";
import { sumBySequence } from "./sequence-statistics.ts";

const EXTRA = "extra.";
const OUTPUT = "output.";
export const STATISTICS = "statistics";

export const extraInputs = (loss: Loss, sequences: number): StepInputs =>
  Object.fromEntries(loss.extras.map((name) => [EXTRA + name, { shape: [sequences] }]));

export const extraName = (name: string): string => EXTRA + name;

/** The loss' own outputs among a step's outputs, under their own names. */
export const lossOutputs = <T>(results: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(results)
      .filter(([name]) => name.startsWith(OUTPUT))
      .map(([name, value]) => [name.slice(OUTPUT.length), value]),
  );

export interface HeadLoss {
  readonly loss: tf.Scalar;
  /** The loss' outputs and the sequence statistics, to be handed back by the step. They outlive the gradient's scope. */
  readonly outputs: TensorMap;
}

/** From the residual stream at the counted positions, [M, hidden], to the loss: final norm, head, sums by sequence, the loss itself. */
export function headLoss(
  hidden: tf.Tensor,
  tensors: TensorMap,
  { config, loss }: { readonly config: ModelConfig; readonly loss: Loss },
): HeadLoss {
  const weight = (name: string): tf.Tensor => tensors[name]!;
  const normed = finalNorm({ config, weight }, hidden);
  const { needsRelative = false } = loss;
  const statistics = tokenStatistics({
    hidden: normed,
    blocks: headBlocks(config).map(({ name }) => weight(name)),
    targets: tensors["targets"]!,
    needsRelative,
  });
  const select = tensors["select"]!;
  const all = sumBySequence({ select, weights: tensors["weights"] }, statistics); // [S, 4], [S, 5] with the relative log-prob
  const bySequence = needsRelative ? tf.slice(all, [0, 0], [-1, TOKEN_COLUMNS.length]) : all;
  const column = (at: number): tf.Tensor1D => tf.squeeze(tf.slice(all, [0, at], [-1, 1]), [1]);
  const computed = loss.compute({
    sums: column(0),
    counts: tf.sum(select, 1) as tf.Tensor1D,
    relative: needsRelative ? column(TOKEN_COLUMNS.length) : undefined,
    extras: Object.fromEntries(loss.extras.map((name) => [name, tensors[EXTRA + name] as tf.Tensor1D])),
  });
  const outputs: TensorMap = { [STATISTICS]: tf.keep(tf.clone(bySequence)) };
  for (const [name, tensor] of Object.entries(computed)) outputs[OUTPUT + name] = tf.keep(tf.clone(tensor));
  return { loss: computed.loss, outputs };
}

export const headInputs = ({ feeds }: Layout): StepInputs =>
  Object.fromEntries(
    (["positions", "places", "targets", "select", "weights"] as const).flatMap((name) => {
      const feed = feeds[name];
      return feed ? [[name, { shape: feed.shape, dtype: feed.dtype as "float32" }]] : [];
    }),
  );

/** The counted positions among the continuations' tokens, from a step's tensors. */
export const countedRows = (tensors: TensorMap): RowSelection => ({
  positions: tensors["positions"]!,
  places: tensors["places"]!,
});

/** The residual stream at the counted positions: [N, hidden] → [M, hidden]. */
export const atCountedRows = (stream: tf.Tensor, { continuations }: Layout, tensors: TensorMap): tf.Tensor =>
  gatherRows(ofContinuations(stream, continuations), countedRows(tensors));

/** Names of the feeds that tell a layer about its tokens. */
export const CONTEXT = ["cos", "sin", "promptMask", "continuationMask"] as const;

export const contextInputs = ({ feeds }: Layout): StepInputs =>
  Object.fromEntries(CONTEXT.map((name) => [name, { shape: feeds[name].shape }]));

/** What a layer is told, from a step's tensors. */
export const layerContext = (
  config: ModelConfig,
  { prompts, continuations }: Layout,
  tensors: TensorMap,
): Pick<LayerContext, "config" | "rows" | "cos" | "sin" | "mask" | "continuations"> => ({
  config,
  rows: prompts.rows,
  cos: tensors["cos"]!,
  sin: tensors["sin"]!,
  mask: tensors["promptMask"]!,
  continuations: { ...continuations, mask: tensors["continuationMask"]! },
});
