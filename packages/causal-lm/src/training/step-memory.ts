import { CHEAP_SUM, type Storage } from "@prefdelta/tfjs-onnx";
import { blockSizes } from "../model/attention.ts";
import type { ModelConfig } from "../model/config.ts";
import { headBlocks } from "../model/head-blocks.ts";
import { positionsTogether } from "../model/token-statistics.ts";
import { layerWeightShapes, linearShapes } from "../model/weights.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { StepBytes } from "../runtime/step-cache.ts";
import { layerBytes } from "../storage.ts";
import type { Layout } from "./layout.ts";

/** What of a forward pass is held until the way back: all that it reads, or what is dear to compute. */
export type Held = "all" | "dear";

/** What a step's memory depends on. */
export interface StepSize extends Pick<Layout, "tokens" | "prompts" | "continuations" | "positions"> {
  /** Slots of a cache that every row sees ahead of its own tokens; none if absent. */
  readonly past?: number;
}

/** How a step runs. */
export interface StepForm {
  readonly config: ModelConfig;
  readonly storage: Storage;
  readonly runtime: Pick<Runtime, "keepsMemory" | "holdsLittle">;
  readonly disk?: object | undefined;
}

/** How large a LoRA is; one with its weights is one of these. */
export interface LoraSize {
  readonly rank: number;
  readonly dropout?: object | undefined;
  readonly modules: ReadonlyMap<string, FactorSizes>;
}

interface FactorSizes {
  readonly A: Counted;
  readonly B: Counted;
  readonly magnitude?: Counted | undefined;
}

interface Counted {
  readonly length: number;
}

/** What a step differentiates, and how. */
export interface Adapting {
  readonly lora?: LoraSize | undefined;
  readonly held: Held;
}

interface Attended {
  /** Of a head, all rows together. */
  readonly scores: number;
  readonly keys: number;
  /** Scores of the largest block of queries. */
  readonly largest: number;
  /** Queries of blocks that see so many keys that their outputs are dear to compute. */
  readonly far: number;
}

/** What queries of `rows` rows look at, block of queries by block (attention.ts); `earlier` keys come before a row's own. */
function attended({ rows, tokens }: Layout["prompts"], earlier: number): Attended {
  let [scores, keys, largest, far, end] = [0, 0, 0, 0, earlier];
  for (const size of blockSizes(tokens)) {
    end += size;
    scores += size * end;
    keys += end;
    largest = Math.max(largest, size * end);
    if (end > CHEAP_SUM) far += size;
  }
  return { scores: rows * scores, keys: rows * keys, largest: rows * largest, far: rows * far };
}

/**
 * Bytes of one layer's forward pass that are held for its backward pass, counted in the recorded graph (step-memory.test.ts counts them again).
 * All, a token: the streams that enter both norms and what the norms make of them; the gated unit's two derivatives and its output; queries rotated,
 * attention's output head by head and token by token, and what a query-key norm was given. Of attention besides: softmaxes, and each block's
 * keys and values. Dear: the streams, gate, up, queries, keys and values as they were projected, attention's output head by head where it sees many keys.
 */
function heldLayerBytes(config: ModelConfig, { tokens, prompts, continuations }: StepSize, held: Held): number {
  const { hiddenSize, intermediateSize, queryHeads, keyValueHeads, headDim, queryKeyNorm } = config;
  const [query, keyValue] = [queryHeads * headDim, keyValueHeads * headDim];
  const groups = [attended(prompts, 0), attended(continuations, prompts.tokens)];
  if (held === "dear") {
    const scoresOf = headDim > CHEAP_SUM ? queryHeads : 0;
    const attention = groups.reduce((sum, { scores, far }) => sum + scoresOf * scores + query * far, 0);
    return 4 * (tokens * (2 * hiddenSize + 2 * intermediateSize + query + 2 * keyValue) + attention);
  }
  const normed = queryKeyNorm ? query + keyValue : 0;
  const perToken = 4 * hiddenSize + 3 * intermediateSize + 3 * query + normed;
  const attention = groups.reduce((sum, { scores, keys }) => sum + queryHeads * scores + 2 * keyValue * keys, 0);
  return 4 * (tokens * perToken + attention);
}

/** Scores of a head that are there at once: a block's, or, where a cache is seen, all queries' (attention.ts). */
function scoresTogether({ prompts, continuations, past = 0 }: StepSize): number {
  const of = (group: Layout["prompts"], earlier: number): number =>
    past > 0 ? group.rows * group.tokens * (earlier + group.tokens) : attended(group, earlier).largest;
  return Math.max(of(prompts, past), of(continuations, past + prompts.tokens));
}

/** What comes and goes in a layer's forward pass: the feed-forward block's four arrays, or a block's scores three times over. */
function passingBytes(config: ModelConfig, size: StepSize): number {
  const { tokens } = size;
  const feedForward = tokens * (4 * config.intermediateSize + 2 * config.hiddenSize);
  const scores = scoresTogether(size);
  return 4 * Math.max(feedForward, 3 * config.queryHeads * scores + tokens * 2 * config.hiddenSize);
}

/**
 * What comes and goes in a layer's backward pass, beside what the forward pass left: the feed-forward block's gradients, or a block's scores';
 * and what is computed again for them.
 */
function returningBytes(config: ModelConfig, size: StepSize, held: Held): number {
  const { tokens } = size;
  const scores = scoresTogether(size);
  const [gated, softmaxes] = held === "dear" ? [4, 1] : [0, 0];
  return 4 * Math.max((2 + gated) * tokens * config.intermediateSize, (2 + softmaxes) * config.queryHeads * scores);
}

/** The head: a block's logits and the three arrays that are made of them, a group of positions at a time, and its rows in float32. */
function headBytes({ config, storage }: Pick<StepForm, "config" | "storage">, { positions }: StepSize): number {
  const { rows } = headBlocks(config)[0]!;
  const widened = storage === "f32" ? 0 : rows * config.hiddenSize;
  return 4 * (4 * Math.min(positions, positionsTogether(rows)) * rows + 4 * positions * config.hiddenSize + widened);
}

/**
 * What a LoRA adds to that, of one layer: x Aᵀ of every map; with dropout, each map's own mask as it is fed and, where all is held, as float32, and its own
 * input; of DoRA, at most each map's output.
 */
function loraLayerBytes(config: ModelConfig, { tokens }: StepSize, { lora, held }: Adapting): number {
  if (!lora) return 0;
  const { modules, dropout, rank } = lora;
  const shapes = Object.values(linearShapes(config));
  const total = (side: 0 | 1): number => tokens * shapes.reduce((sum, shape) => sum + shape[side], 0);
  const isDora = [...modules.values()].some(({ magnitude }) => magnitude !== undefined);
  return (
    4 * tokens * rank * shapes.length +
    (dropout ? (held === "all" ? 9 : 1) * total(1) : 0) +
    (isDora ? 4 * total(0) : 0)
  );
}

/** A LoRA's factors and magnitudes. */
export const loraBytes = ({ modules }: LoraSize): number =>
  4 *
  [...modules.values()].reduce((sum, { A, B, magnitude }) => sum + A.length + B.length + (magnitude?.length ?? 0), 0);

/** The arrays of a LoRA that is trained: factors, gradients, and an optimiser's two moments. */
export const trainedBytes = (lora: LoraSize): number => 4 * loraBytes(lora);

/** A layer's weights in float32. */
export const layerWeightBytes = (config: ModelConfig): number =>
  4 * Object.values(layerWeightShapes(config)).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0);

/** A layer's weights where they are widened before they are used; integers that are multiplied as such are not. */
const widenedLayerBytes = ({ config, storage }: StepForm): number =>
  storage === "f32" || storage === "w8a8" ? 0 : layerWeightBytes(config);

/** The weights that are widened at once in one pass over the model. */
const widenedBytes = (form: StepForm): number =>
  (form.runtime.holdsLittle ? 1 : form.config.layers) * widenedLayerBytes(form);

/** ONNX Runtime's arena grows by doubling: a step whose tensors come and go keeps about twice what it needs at once (measured on SmolLM2-135M). */
const ARENA = 2;
/** What a compiled graph takes of itself, a layer with its gradients or without (measured on SmolLM2-135M, within half of it). */
const [GRAPH, GRAPH_WITH_GRADIENTS] = [0.5e6, 2e6];

const withArena = (
  { runtime }: StepForm,
  { needs, graph }: { readonly needs: number; readonly graph: number },
): StepBytes =>
  runtime.keepsMemory ? { needs: ARENA * needs, keeps: ARENA * needs } : { needs: needs + graph, keeps: graph };

/** A step forward and backward over the whole model: every layer's activations at once, and where all is held all weights in float32. */
export function wholeStepBytes(form: StepForm, size: StepSize, adapting: Adapting): StepBytes {
  const { config, runtime } = form;
  const { held } = adapting;
  const widened = widenedLayerBytes(form);
  const ofLayer = heldLayerBytes(config, size, held) + loraLayerBytes(config, size, adapting);
  const kept = config.layers * (ofLayer + (held === "all" ? widened : 0));
  const passing = returningBytes(config, size, held) + (held === "dear" ? widened : 0);
  const needs = kept + Math.max(headBytes(form, size), passing);
  const graph = GRAPH_WITH_GRADIENTS * config.layers;
  // Most of it is kept to the end of the forward pass: the arena has little to double.
  return { needs: needs + graph, keeps: runtime.keepsMemory ? needs + graph : graph };
}

/** A step over the whole model that has no backward pass: one layer's passing arrays, or the head's. */
export function forwardStepBytes(form: StepForm, size: StepSize): StepBytes {
  const { config } = form;
  const needs = Math.max(passingBytes(config, size), headBytes(form, size)) + widenedBytes(form);
  return withArena(form, { needs, graph: GRAPH * config.layers });
}

/** A step over the head alone. */
export const headStepBytes = (form: StepForm, size: StepSize): StepBytes =>
  withArena(form, { needs: headBytes(form, size), graph: GRAPH });

/** A batch that runs layer by layer. */
interface LayerwiseSize {
  readonly layout: StepSize;
  readonly lora?: LoraSize | undefined;
  /** Forward again and backward, or forward alone. */
  readonly differentiates: boolean;
}

/** A step over one layer. */
export function layerwiseStepBytes(form: StepForm, { layout, lora, differentiates }: LayerwiseSize): StepBytes {
  const { config } = form;
  const activations = differentiates
    ? heldLayerBytes(config, layout, "all") +
      loraLayerBytes(config, layout, { lora, held: "all" }) +
      returningBytes(config, layout, "all")
    : passingBytes(config, layout);
  const graph = differentiates ? GRAPH_WITH_GRADIENTS : GRAPH;
  return withArena(form, { needs: activations + widenedLayerBytes(form), graph });
}

/**
 * What a batch that runs layer by layer needs at once, beside what is trained: the streams between layers, all of them where the way back needs
 * them; the largest step; of a model on the disk, the layer that runs and the one that is read meanwhile, both as they are read and as they are stored.
 */
export function layerwiseBytes(form: StepForm, size: LayerwiseSize): number {
  const { config, storage, disk } = form;
  const { layout, differentiates } = size;
  const streams = 4 * (differentiates ? config.layers + 2 : 2) * layout.tokens * config.hiddenSize;
  const steps = [layerwiseStepBytes(form, size), headStepBytes(form, layout)];
  return streams + Math.max(...steps.map(({ needs }) => needs)) + (disk ? 4 * layerBytes(config, storage) : 0);
}
