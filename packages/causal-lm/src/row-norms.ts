import type { TensorMap } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import type { CausalLm } from "./causal-lm.ts";
import { layerLora } from "./layer-lora.ts";
import { loraFeeds, loraInputs, loraKey, loraOf } from "./lora-inputs.ts";
import type { LoraFactors, LoraWeights } from "./lora.ts";
import { layerFeeds, layerInputs } from "./model/weight-inputs.ts";
import { layerPath } from "./model/weights.ts";
import type { Step } from "./runtime/runtime.ts";
import { makeRoom } from "./training/layer-forward.ts";
import { layerWeightBytes } from "./training/step-memory.ts";

/** A model's ‖W‖² by map, [out] each: they never change. */
const squaresOf = new WeakMap<CausalLm, Map<string, Float32Array>>();

const SQUARES = ".squares";

/**
 * ‖W + scale · B A‖ of each row, W [out, in] → [out], from ‖W‖² + 2 scale ⟨W, B A⟩ + scale² ‖B A‖², where ⟨W, B A⟩ = ⟨W Aᵀ, B⟩ and
 * ‖B A‖² = ⟨B (A Aᵀ), B⟩ row by row: nothing of out × in is formed but where ‖W‖² is not known yet.
 */
function rowNorms(tensors: TensorMap, module: string, lora: LoraWeights): { norms: tf.Tensor; squares: tf.Tensor } {
  const weight = tensors[`${module}.weight`]!;
  const { A, B, scale } = loraOf(tensors, lora)(module)!;
  const squares = tensors[module + SQUARES] ?? tf.sum(tf.square(weight), 1);
  const byRow = (left: tf.Tensor): tf.Tensor => tf.sum(tf.mul(left, B), 1);
  const cross = byRow(tf.matMul(weight, A, false, true));
  const own = byRow(tf.matMul(B, tf.matMul(A, A, false, true)));
  const sum = tf.add(squares, tf.add(tf.mul(cross, 2 * scale), tf.mul(own, scale ** 2)));
  // What is nearly nothing may have come out below it.
  return { norms: tf.sqrt(tf.maximum(sum, tf.scalar(0))), squares };
}

interface LayerNorms {
  readonly lora: LoraWeights;
  /** Maps whose ‖W‖² are known, by path inside the layer. */
  readonly known: ReadonlyMap<string, Float32Array>;
}

function normStep(lm: CausalLm, { lora, known }: LayerNorms): Promise<Step> {
  const modules = [...lora.modules.keys()];
  const squareInputs = [...known].map(([module, { length }]) => [module + SQUARES, { shape: [length] }] as const);
  const inputs = { ...layerInputs(lm), ...loraInputs(lora), ...Object.fromEntries(squareInputs) };
  const compile = (): Promise<Step> =>
    lm.runtime.compile((tensors) => {
      const outputs: TensorMap = {};
      for (const module of modules) {
        const { norms, squares } = rowNorms(tensors, module, lora);
        outputs[module] = norms;
        if (!known.has(module)) outputs[module + SQUARES] = squares;
      }
      return outputs;
    }, inputs);
  // Squares of the weights, or the weights themselves where they are widened first.
  const needs = layerWeightBytes(lm.config);
  const bytes = { needs, keeps: lm.runtime.keepsMemory ? needs : 0 };
  return lm.steps.get(`row norms ${loraKey(lora)} of known ${[...known.keys()].join()}`, compile, bytes);
}

/** The row norms of one layer's maps. */
async function normsOfLayer(lm: CausalLm, lora: LoraWeights, layer: number): Promise<Map<string, Float32Array>> {
  const all = squaresOf.get(lm) ?? new Map<string, Float32Array>();
  squaresOf.set(lm, all);
  const pathOf = (module: string): string => `${layerPath(layer)}.${module}`;
  const modules = [...lora.modules.keys()];
  const known = new Map(
    modules.flatMap((module) => {
      const squares = all.get(pathOf(module));
      return squares ? [[module, squares] as const] : [];
    }),
  );
  const step = await normStep(lm, { lora, known });
  const squareFeeds = [...known].map(
    ([module, data]) => [module + SQUARES, { dtype: "float32", shape: [data.length], data }] as const,
  );
  const outputs = await step.run({
    ...(await layerFeeds(lm, layer)),
    ...loraFeeds(lora),
    ...Object.fromEntries(squareFeeds),
  });
  for (const module of modules) {
    const squares = outputs[module + SQUARES];
    if (squares) all.set(pathOf(module), squares.data as Float32Array);
  }
  return new Map(modules.map((module) => [pathOf(module), outputs[module]!.data as Float32Array]));
}

/** ‖W + scale · B A‖ of every adapted map: [out] each. */
async function allRowNorms(lm: CausalLm, lora: LoraWeights): Promise<Map<string, Float32Array>> {
  const norms = new Map<string, Float32Array>();
  for (let layer = 0; layer < lm.config.layers; layer++) {
    const own = layerLora(lora, layer);
    if (own.modules.size === 0) continue;
    for (const [module, values] of await normsOfLayer(lm, own, layer)) norms.set(module, values);
  }
  // A model that memory does not hold has no room for a step that is not running.
  await makeRoom(lm);
  return norms;
}

const withFactors = (
  lora: LoraWeights,
  change: (module: string, factors: LoraFactors) => LoraFactors,
): LoraWeights => ({
  ...lora,
  modules: new Map([...lora.modules].map(([module, factors]) => [module, change(module, factors)])),
});

/** The factors alone, of some maps. */
const plain = (lora: LoraWeights, wanted: (factors: LoraFactors) => boolean): LoraWeights => ({
  rank: lora.rank,
  scale: lora.scale,
  modules: new Map(
    [...lora.modules]
      .filter(([, factors]) => wanted(factors))
      .map(([module, { A, B, scale }]) => [module, { A, B, ...(scale === undefined ? {} : { scale }) }]),
  ),
});

/** A row of nothing but zeros has no direction: it is divided by 1 and stays what it is, where PEFT divides by 0 and has no number any more. */
const divisor = (norm: number): number => (norm === 0 ? 1 : norm);

/** A LoRA ready for a step: DoRA's maps with the row norms that their factors have now. Without magnitudes it is the same object. */
export async function withRowNorms(lm: CausalLm, lora: LoraWeights): Promise<LoraWeights> {
  const dora = plain(lora, ({ magnitude }) => magnitude !== undefined);
  if (dora.modules.size === 0) return lora;
  const norms = await allRowNorms(lm, dora);
  return withFactors(lora, (module, factors) => ({ ...factors, norms: norms.get(module)?.map(divisor) }));
}

/** A LoRA as DoRA: a map without a magnitude gets the row norms of W + scale · B A, so that it computes what it did. */
export async function withMagnitudes(lm: CausalLm, lora: LoraWeights): Promise<LoraWeights> {
  const norms = await allRowNorms(
    lm,
    plain(lora, ({ magnitude }) => magnitude === undefined),
  );
  return withFactors(lora, (module, factors) => ({ ...factors, magnitude: factors.magnitude ?? norms.get(module) }));
}
