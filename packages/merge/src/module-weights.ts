import { MergeError } from "./errors.ts";
import type { ParsedMergeOptions } from "./merge-options.ts";
import { modulePlace } from "./module-place.ts";

export type WeightOptions = Pick<ParsedMergeOptions, "weights" | "weightsBy">;

/**
 * What each adapter weighs in each module, before normalise and missing: by the first rule whose filter is part of the module's path, else by
 * `weights`. A list of anchors is spread evenly over the layers, the first on layer 0 and the last on the last layer, and taken linearly
 * between them, as mergekit does; a module outside the layers takes the first.
 *
 * @throws {MergeError} E_OPTIONS: rules with another number of weights than adapters, or whose filter no module has
 */
export function moduleWeights(
  paths: readonly string[],
  adapterCount: number,
  { weights = Array.from({ length: adapterCount }, () => 1), weightsBy = [] }: WeightOptions,
): (path: string) => readonly number[] {
  const problems = weightsBy.flatMap((rule, i) => {
    const counts =
      rule.weights.length === adapterCount
        ? []
        : [`weightsBy.${i}.weights: expected one per adapter, ${adapterCount}, found ${rule.weights.length}`];
    const matches = paths.some((path) => path.includes(rule.filter));
    return matches
      ? counts
      : [...counts, `weightsBy.${i}.filter: expected part of a module's path, found "${rule.filter}"`];
  });
  if (problems.length > 0) throw new MergeError("E_OPTIONS", problems);

  const layerOf = (path: string): number => modulePlace(path).layer ?? 0;
  const last = Math.max(0, ...paths.map(layerOf));
  return (path) => {
    const rule = weightsBy.find(({ filter }) => path.includes(filter));
    if (rule === undefined) return weights;
    const depth = last === 0 ? 0 : layerOf(path) / last;
    return rule.weights.map((weight) => (typeof weight === "number" ? weight : along(weight, depth)));
  };
}

function along(anchors: readonly number[], depth: number): number {
  const place = depth * (anchors.length - 1);
  const from = Math.min(Math.floor(place), anchors.length - 1);
  const next = Math.min(from + 1, anchors.length - 1);
  return anchors[from]! + (place - from) * (anchors[next]! - anchors[from]!);
}
