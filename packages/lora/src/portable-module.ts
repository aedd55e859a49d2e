import { firstNotFinite } from "@prefdelta/linalg";
import type { FloatDtype, TensorView } from "@prefdelta/safetensors";
import type { AdapterOutline, LoraModule } from "./adapter.ts";
import { LoraError } from "./errors.ts";
import { float32Tensor, float32View } from "./float32-view.ts";
import { peftKey } from "./peft-keys.ts";

/** A module's factors as they are stored. */
export interface PortableModule {
  /** rank × in */
  readonly A: TensorView;
  /** out × rank */
  readonly B: TensorView;
}

export interface PortableForm {
  /** Of the whole adapter: a module of a lower one is filled up with zeros. */
  readonly rank: number;
  readonly dtype: FloatDtype;
}

/** The rank that portable modules are filled up to. */
export const portableRank = ({ modules }: Pick<AdapterOutline, "modules">): number =>
  Math.max(...[...modules.values()].map(({ rank }) => rank));

/** The scale goes into B, so that A stays bit for bit what it was; ΔW changes only by B's rounding. In F32 the bytes may be the module's memory. */
export function portableModule(module: LoraModule, { rank, dtype }: PortableForm): PortableModule {
  const { inFeatures, outFeatures } = module;
  return {
    A: float32Tensor(paddedA(module, rank), { dtype, shape: [rank, inFeatures] }),
    B: float32Tensor(paddedB(module, rank), { dtype, shape: [outFeatures, rank] }),
  };
}

/** What keeps a module from being stored: arrays that do not fit its sizes, a scale that is no number. */
export function sizeProblems(
  path: string,
  { A, B, rank, inFeatures, outFeatures, scale, magnitude }: LoraModule,
): readonly string[] {
  const sizes = [rank, inFeatures, outFeatures];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    return [`${path}: expected a positive rank, in and out, found ${sizes.join(", ")}`];
  }
  const problems = [];
  if (A.length !== rank * inFeatures) {
    problems.push(`${path}: expected ${rank * inFeatures} values in A (${rank}×${inFeatures}), found ${A.length}`);
  }
  if (B.length !== outFeatures * rank) {
    problems.push(`${path}: expected ${outFeatures * rank} values in B (${outFeatures}×${rank}), found ${B.length}`);
  }
  if (magnitude && magnitude.length !== outFeatures) {
    problems.push(`${path}: expected ${outFeatures} magnitudes, one for each output, found ${magnitude.length}`);
  }
  if (magnitude && !magnitude.every((value) => Math.abs(value) < Infinity)) {
    problems.push(`${path}: expected finite magnitudes, found others`);
  }
  if (!Number.isFinite(scale)) problems.push(`${path}: expected a finite scale, found ${scale}`);
  return problems;
}

/** Values that are not finite in the dtype they are stored in. */
export function lossProblems(path: string, module: PortableModule): string[] {
  return (["A", "B"] as const).flatMap((factor) => {
    const values = float32View(module[factor]);
    if (firstNotFinite(values) < 0) return [];
    const broken = values.reduce((count, value) => count + Number(!Number.isFinite(value)), 0);
    const { dtype } = module[factor];
    return [`${peftKey(path, factor)}: expected finite values in ${dtype}, found ${broken} that are not`];
  });
}

/** @throws LoraError E_ADAPTER if there are any */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new LoraError("E_ADAPTER", problems);
}

function paddedA({ A, rank, inFeatures }: LoraModule, to: number): Float32Array {
  if (to === rank) return A;
  const padded = new Float32Array(to * inFeatures);
  padded.set(A);
  return padded;
}

function paddedB({ B, rank, outFeatures, scale }: LoraModule, to: number): Float32Array {
  if (to === rank && scale === 1) return B;
  const padded = new Float32Array(outFeatures * to);
  for (let row = 0; row < outFeatures; row++) {
    for (let k = 0; k < rank; k++) padded[row * to + k] = B[row * rank + k]! * scale;
  }
  return padded;
}
