import { fromFloat32 } from "@prefdelta/safetensors";
import type { FloatDtype, TensorView } from "@prefdelta/safetensors";
import type { Adapter, LoraModule } from "./adapter.ts";
import { magnitudeKey, peftKey } from "./peft-keys.ts";
import { lossProblems, portableModule, portableRank, refuse, sizeProblems } from "./portable-module.ts";

export interface PortableTensors {
  /** The largest rank of the adapter; every module is padded to it with zeros. */
  readonly rank: number;
  /** By PEFT's keys. */
  readonly tensors: Map<string, TensorView>;
}

/**
 * An adapter's factors in the form that every consumer reads alike: one rank, scale 1.
 *
 * @throws LoraError E_ADAPTER: no modules, arrays that do not fit their sizes, values that are not finite in `dtype`
 */
export function portableTensors(adapter: Adapter, dtype: FloatDtype): PortableTensors {
  const modules = [...adapter.modules];
  refuse(
    modules.length === 0
      ? ["expected at least one module, found none"]
      : [...modules.flatMap(([path, module]) => sizeProblems(path, module)), ...mixedProblems(modules)],
  );
  const rank = portableRank(adapter);
  const tensors = new Map<string, TensorView>();
  const problems: string[] = [];
  for (const [path, module] of modules) {
    const stored = portableModule(module, { rank, dtype });
    problems.push(...lossProblems(path, stored));
    tensors.set(peftKey(path, "A"), stored.A);
    tensors.set(peftKey(path, "B"), stored.B);
    const { magnitude, outFeatures } = module;
    if (magnitude) tensors.set(magnitudeKey(path), fromFloat32(magnitude, { dtype, shape: [outFeatures] }));
  }
  refuse(problems);
  return { rank, tensors };
}

/** PEFT's `use_dora` is one for the whole adapter. */
function mixedProblems(modules: readonly (readonly [string, LoraModule])[]): string[] {
  if (modules.every(([, { magnitude }]) => magnitude === undefined)) return [];
  return modules
    .filter(([, { magnitude }]) => magnitude === undefined)
    .map(([path]) => `${path}: expected a magnitude, as other layers have one, found none`);
}
