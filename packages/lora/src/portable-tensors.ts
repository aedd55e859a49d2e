import { fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import type { FloatDtype, TensorView } from "@prefdelta/safetensors";
import type { Adapter, LoraModule } from "./adapter.ts";
import { LoraError } from "./errors.ts";
import { peftKey } from "./peft-keys.ts";

export interface PortableTensors {
  /** The largest rank of the adapter; every module is padded to it with zeros. */
  readonly rank: number;
  /** By PEFT's keys. */
  readonly tensors: Map<string, TensorView>;
}

/**
 * An adapter's factors in the form that every consumer reads alike: one rank, scale 1. The scale goes into B, so that
 * A stays bit for bit what it was; ΔW changes only by B's rounding.
 *
 * @throws LoraError E_ADAPTER: no modules, arrays that do not fit their sizes, values that are not finite in `dtype`
 */
export function portableTensors(adapter: Adapter, dtype: FloatDtype): PortableTensors {
  const modules = [...adapter.modules];
  fail(modules.length === 0 ? ["expected at least one module, found none"] : modules.flatMap(sizeProblems));

  const rank = Math.max(...modules.map(([, module]) => module.rank));
  const tensors = new Map<string, TensorView>();
  const problems: string[] = [];
  for (const [path, module] of modules) {
    const { A, B } = padded(module, rank);
    tensors.set(peftKey(path, "A"), fromFloat32(A, { dtype, shape: [rank, module.inFeatures] }));
    tensors.set(peftKey(path, "B"), fromFloat32(B, { dtype, shape: [module.outFeatures, rank] }));
  }
  for (const [key, view] of tensors) {
    const broken = toFloat32(view).filter((value) => !Number.isFinite(value)).length;
    if (broken > 0) problems.push(`${key}: expected finite values in ${dtype}, found ${broken} that are not`);
  }
  fail(problems);
  return { rank, tensors };
}

/** A gets rows of zeros, B columns: their product gains nothing. */
function padded(
  { A, B, rank, inFeatures, outFeatures, scale }: LoraModule,
  to: number,
): { A: Float32Array; B: Float32Array } {
  const paddedA = new Float32Array(to * inFeatures);
  paddedA.set(A);
  const paddedB = new Float32Array(outFeatures * to);
  for (let row = 0; row < outFeatures; row++) {
    for (let k = 0; k < rank; k++) paddedB[row * to + k] = B[row * rank + k]! * scale;
  }
  return { A: paddedA, B: paddedB };
}

function sizeProblems([path, { A, B, rank, inFeatures, outFeatures, scale }]: readonly [string, LoraModule]): string[] {
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
  if (!Number.isFinite(scale)) problems.push(`${path}: expected a finite scale, found ${scale}`);
  return problems;
}

function fail(problems: readonly string[]): void {
  if (problems.length > 0) throw new LoraError("E_ADAPTER", problems);
}
