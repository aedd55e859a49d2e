import { initialFactor } from "@prefdelta/lora";
import type { Adapter, LoraModule } from "@prefdelta/lora";
import type { Random } from "@prefdelta/random";
import { CausalLmError } from "./errors.ts";
import type { ModelConfig } from "./model/config.ts";
import { layerPath, linearShapes } from "./model/weights.ts";
import type { LoraDropout } from "./training/dropout.ts";

/** Factors of one adapted linear map, changed in place by an optimiser. */
export interface LoraFactors {
  /** [r, in] */
  readonly A: Float32Array;
  /** [out, r] */
  readonly B: Float32Array;
  /** Of this map, where it is not the LoRA's. */
  readonly scale?: number;
  /** DoRA: the norm of each row of the new weight, [out]; trained too. */
  readonly magnitude?: Float32Array | undefined;
  /** DoRA, in a step: the norm of each row of W + scale · B A, [out], as `withRowNorms` finds it. */
  readonly norms?: Float32Array | undefined;
}

/** LoRA factors on a model: every adapted map gains scale · B A. One with a magnitude is then scaled row by row to it. */
export interface LoraWeights {
  readonly rank: number;
  readonly scale: number;
  /** By module path, e.g. "model.layers.0.self_attn.q_proj". */
  readonly modules: ReadonlyMap<string, LoraFactors>;
  /** In a training step that drops inputs. */
  readonly dropout?: LoraDropout | undefined;
}

interface InitOptions {
  readonly rank: number;
  /** The scale is alpha / rank; alpha = rank if absent. */
  readonly alpha?: number;
  readonly random: Random;
  /** Last parts of module paths, e.g. "q_proj"; all seven linears if absent. */
  readonly targetModules?: readonly string[];
}

/** All adaptable modules of a model with their [out, in], in checkpoint order. */
export function adaptableModules(config: ModelConfig): Map<string, readonly [number, number]> {
  const modules = new Map<string, readonly [number, number]>();
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [path, shape] of Object.entries(linearShapes(config))) {
      modules.set(`${layerPath(layer)}.${path}`, shape);
    }
  }
  return modules;
}

/**
 * Fresh factors: A as `initialFactor` of @prefdelta/lora draws it; B zero, so the model starts unchanged.
 * Each module draws from its own fork of `random`: A₀ of a module depends on the seed and the module's name alone.
 *
 * @throws {CausalLmError} E_LORA when a target names no module.
 */
export function initLora(config: ModelConfig, { rank, alpha = rank, random, targetModules }: InitOptions): LoraWeights {
  const isTarget = (module: string): boolean =>
    targetModules === undefined || targetModules.some((target) => module === target || module.endsWith(`.${target}`));
  const targets = [...adaptableModules(config)].filter(([module]) => isTarget(module));
  const missing = targetModules?.filter((target) => !targets.some(([module]) => module.endsWith(target))) ?? [];
  if (missing.length > 0 || targets.length === 0) {
    const names = Object.keys(linearShapes(config)).map((path) => path.split(".").at(-1));
    throw new CausalLmError(
      "E_LORA",
      `initLora: target modules — expected some of ${names.join(", ")}, got ${missing.join(", ")}`,
    );
  }
  const modules = new Map<string, LoraFactors>();
  for (const [module, [out, input]] of targets) {
    const A = initialFactor(random.fork(module), { rank, inFeatures: input });
    modules.set(module, { A, B: new Float32Array(out * rank) });
  }
  return { rank, scale: alpha / rank, modules };
}

function padRows(A: Float32Array, rank: number, width: number): Float32Array {
  const padded = new Float32Array(rank * width);
  padded.set(A);
  return padded;
}

function padColumns({ B, rank: from, outFeatures }: LoraModule, rank: number): Float32Array {
  const padded = new Float32Array(outFeatures * rank);
  for (let row = 0; row < outFeatures; row++) padded.set(B.subarray(row * from, (row + 1) * from), row * rank);
  return padded;
}

/** Why an adapter does not fit a model, one line a module; empty if it does. */
function misfits(config: ModelConfig, adapter: Adapter): string[] {
  const known = adaptableModules(config);
  return [...adapter.modules].flatMap(([module, { outFeatures, inFeatures }]) => {
    const shape = known.get(module);
    if (!shape) return [`${module} — expected a module of the base, got one it does not have`];
    const [out, input] = shape;
    if (out === outFeatures && input === inFeatures) return [];
    return [`${module} — expected a map [${out}, ${input}], got [${outFeatures}, ${inFeatures}]`];
  });
}

/**
 * An adapter's factors, ready to run on a model: one rank (zero-padded), scales folded into B where they are not 1.
 *
 * @throws {CausalLmError} E_LORA listing every module that does not fit.
 */
export function loraFromAdapter(config: ModelConfig, adapter: Adapter): LoraWeights {
  const problems = misfits(config, adapter);
  if (problems.length > 0) throw new CausalLmError("E_LORA", `adapter does not fit the base:\n${problems.join("\n")}`);
  const rank = Math.max(1, ...[...adapter.modules.values()].map((module) => module.rank));
  const modules = new Map<string, LoraFactors>();
  for (const [name, module] of adapter.modules) {
    const B = padColumns(module, rank);
    if (module.scale !== 1) for (let i = 0; i < B.length; i++) B[i] = B[i]! * module.scale;
    const { magnitude } = module;
    modules.set(name, { A: padRows(module.A, rank, module.inFeatures), B, ...(magnitude ? { magnitude } : {}) });
  }
  return { rank, scale: 1, modules };
}

/** The adapter of trained factors; arrays are shared, not copied. */
export function adapterFromLora(
  lora: LoraWeights,
  { baseModel, metadata }: { readonly baseModel: string | null; readonly metadata: ReadonlyMap<string, string> },
): Adapter {
  const { rank, scale } = lora;
  const modules = new Map<string, LoraModule>();
  for (const [name, { A, B, scale: own = scale, magnitude }] of lora.modules) {
    const sizes = { rank, scale: own, inFeatures: A.length / rank, outFeatures: B.length / rank };
    modules.set(name, { A, B, ...sizes, ...(magnitude ? { magnitude } : {}) });
  }
  return { modules, baseModel, metadata };
}
