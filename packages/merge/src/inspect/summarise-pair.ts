import type { SpanComparison } from "./compare-spans.ts";
import type { InspectedModule } from "./inspect-module.ts";

/** Two adapters over all modules that both have. */
export interface PairSummary {
  readonly a: string;
  readonly b: string;
  readonly modules: number;
  /** Of the updates over all modules of either, as one vector. */
  readonly cosine: number | null;
  /** Means over modules, and what random subspaces would show; of the j-th angles, over the modules that have so many. */
  readonly left: SpanComparison;
  readonly right: SpanComparison;
  readonly signConflict: number | null;
}

/** Every pair of adapters over these modules. */
export function summarisePairs(names: readonly string[], modules: readonly InspectedModule[]): PairSummary[] {
  const norms = names.map((_, place) => adapterNorm(place, modules));
  return names.flatMap((a, i) =>
    names.slice(i + 1).map((b, beyond) => {
      const places = [i, i + 1 + beyond] as const;
      return { a, b, ...summarisePair(places, norms[places[0]]! * norms[places[1]]!, modules) };
    }),
  );
}

/** Of an adapter's updates in these modules, as one vector. */
export const adapterNorm = (place: number, modules: readonly InspectedModule[]): number =>
  Math.hypot(...modules.map(({ places, updates }) => updates[places.indexOf(place)]?.norm ?? 0));

/** Mean over the modules that the adapter has; null where it has none. */
export const meanEffectiveRank = (place: number, modules: readonly InspectedModule[]): number | null =>
  mean(modules.flatMap(({ places, updates }) => updates[places.indexOf(place)]?.effectiveRank ?? []));

/** @param size product of the norms of the two adapters */
function summarisePair(
  [first, second]: readonly [number, number],
  size: number,
  modules: readonly InspectedModule[],
): Omit<PairSummary, "a" | "b"> {
  const pairs = modules.flatMap(({ pairs }) =>
    pairs.filter(({ numbers: { places } }) => places[0] === first && places[1] === second),
  );
  const sum = (of: (pair: (typeof pairs)[number]) => number): number =>
    pairs.reduce((total, pair) => total + of(pair), 0);
  const side = (key: "left" | "right"): SpanComparison => ({
    angles: meanByPlace(pairs.map(({ report }) => report[key].angles)),
    randomAngles: meanByPlace(pairs.map(({ report }) => report[key].randomAngles)),
    overlap: mean(pairs.flatMap(({ report }) => report[key].overlap ?? [])),
    randomOverlap: mean(pairs.flatMap(({ report }) => report[key].randomOverlap ?? [])),
  });
  const contact = sum(({ numbers }) => numbers.contact);
  return {
    modules: pairs.length,
    cosine: size === 0 ? null : sum(({ numbers }) => numbers.inner) / size,
    left: side("left"),
    right: side("right"),
    signConflict: contact === 0 ? null : sum(({ numbers }) => numbers.conflict) / contact,
  };
}

const meanByPlace = (lists: readonly (readonly number[])[]): number[] =>
  Array.from({ length: Math.max(0, ...lists.map(({ length }) => length)) }, (_, j) =>
    mean(lists.flatMap((list) => list[j] ?? []))!,
  );

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
