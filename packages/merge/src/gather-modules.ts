import type { Adapter, LoraModule, ModuleOutline } from "@prefdelta/lora";
import { assertFinite } from "./assert-finite.ts";
import { MergeError } from "./errors.ts";
import type { ParsedMergeOptions } from "./merge-options.ts";
import { moduleWeights } from "./module-weights.ts";

/** An adapter's part in one module; of an outline, without the module's numbers. */
export interface ModuleSource<Module extends ModuleOutline = LoraModule> {
  /** Place among the adapters. */
  readonly index: number;
  readonly module: Module;
  /** After normalise and missing; without λ. */
  readonly weight: number;
  /** A₀, rank × in, where the method asks what the adapter started from. */
  readonly start?: Float32Array;
}

export interface GatheredModule<Module extends ModuleOutline = LoraModule> {
  readonly path: string;
  /** Never empty. */
  readonly sources: readonly ModuleSource<Module>[];
  /** Places of the adapters that lack this module. */
  readonly missing: readonly number[];
}

type Gathering = Pick<ParsedMergeOptions, "weights" | "weightsBy" | "normalise" | "missing">;

/**
 * gatherOutlines of adapters whose numbers are there, and finite.
 *
 * @throws {MergeError} also E_NOT_FINITE: NaN or infinity, by adapter and tensor
 */
export function gatherModules(
  adapters: readonly Adapter[],
  names: readonly string[],
  options: Gathering,
): GatheredModule[] {
  assertFinite(adapters, names);
  return gatherOutlines(adapters, names, options);
}

/**
 * The modules of all adapters in path order, with each adapter's weight in each.
 *
 * @throws {MergeError} E_OPTIONS: rules of weights that do not fit; E_ADAPTERS: layers of different shapes
 */
export function gatherOutlines<Module extends ModuleOutline>(
  adapters: readonly { readonly modules: ReadonlyMap<string, Module> }[],
  names: readonly string[],
  { normalise, missing: policy, ...given }: Gathering,
): GatheredModule<Module>[] {
  const sizeOf = (values: readonly number[]): number => values.reduce((sum, weight) => sum + Math.abs(weight), 0);
  const paths = [...new Set(adapters.flatMap(({ modules }) => [...modules.keys()]))].sort();
  const weightsOf = moduleWeights(paths, adapters.length, given);
  const problems: string[] = [];
  const gathered = paths.map((path) => {
    const present = adapters.flatMap(({ modules }, index) =>
      modules.has(path) ? [{ index, module: modules.get(path)! }] : [],
    );
    const shapes = present.map(({ index, module }) => `${names[index]}: ${module.outFeatures} × ${module.inFeatures}`);
    const [first] = present;
    if (
      present.some(
        ({ module }) =>
          module.outFeatures !== first!.module.outFeatures || module.inFeatures !== first!.module.inFeatures,
      )
    ) {
      problems.push(`${path}: expected one shape, found ${shapes.join(", ")}`);
    }
    const weights = weightsOf(path);
    const whole = normalise === "mean" && sizeOf(weights) > 0 ? 1 / sizeOf(weights) : 1;
    const there = sizeOf(present.map(({ index }) => weights[index]!));
    const grown = policy === "renormalise" && there > 0 ? sizeOf(weights) / there : 1;
    return {
      path,
      sources: present.map(({ index, module }) => ({ index, module, weight: weights[index]! * whole * grown })),
      missing: adapters.flatMap(({ modules }, index) => (modules.has(path) ? [] : [index])),
    };
  });
  if (problems.length > 0) throw new MergeError("E_ADAPTERS", problems);
  return gathered;
}
