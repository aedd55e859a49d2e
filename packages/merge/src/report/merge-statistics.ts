/**
 * Squared norms and inner products of a merge, in Frobenius' sense. They add up over modules, so that a module and the whole adapter are
 * described alike. Every array has one place per adapter, zero where the adapter lacks the module.
 */
export interface MergeStatistics {
  /** ⟨ΔWᵢ, ΔWⱼ⟩ */
  readonly gram: readonly (readonly number[])[];
  /** wᵢ² ‖ΔWᵢ‖² */
  readonly weighted: readonly number[];
  /** ‖ΔWᵢ′ − ΔWᵢ‖²: how far the method moved a source; null for methods that do not sum moved sources. */
  readonly moved: readonly number[] | null;
  /** ⟨merged, ΔWᵢ⟩ */
  readonly alongSources: readonly number[];
  /** ‖Σ wᵢ ΔWᵢ‖² */
  readonly before: number;
  /** Of what the method made of them, ‖Σ wᵢ ΔWᵢ′‖² where it moves sources, before truncation */
  readonly after: number;
  /** The part of it that truncation dropped. */
  readonly dropped: number;
  /** What any update of that rank would have dropped, at least. */
  readonly leastDropped: number;
  /** ‖merged‖², with truncation and λ */
  readonly merged: number;
}

/** Ratios are null where their denominator is zero. */
export interface MergeDescription {
  readonly sources: readonly SourceDescription[];
  /** Cosines between the sources' updates. */
  readonly cosines: readonly (readonly (number | null)[])[];
  /** Of the merged update, λ included. */
  readonly norm: number;
  /** ‖Σ wᵢ ΔWᵢ‖ / Σ ‖wᵢ ΔWᵢ‖ as the sources are, and as the method moved them: 1 if they agree, near 1/√k if they are unrelated. */
  readonly normRetention: { readonly before: number | null; readonly after: number | null };
  /** 1 − normRetention²: the share of the energy that the sources took from one another. Negative weights of like sources take as well. */
  readonly interference: { readonly before: number | null; readonly after: number | null };
  /** Share of the norm that truncation to the rank dropped. */
  readonly truncationError: number;
  /**
   * No update of that rank has a smaller truncation error. Equal to it where the SVD is exact; where it is a randomised one, a bound that is
   * computed for each module and wrong in at most one of a million.
   */
  readonly leastTruncationError: number;
}

export interface SourceDescription {
  readonly name: string;
  readonly norm: number;
  /** Cosine of the merged update with this source's. */
  readonly retention: number | null;
  /** ⟨merged, ΔW⟩ / ‖ΔW‖²: how much of the source is in the result. */
  readonly projection: number | null;
  /** ‖ΔW′ − ΔW‖ / ‖ΔW‖; null also for methods that do not move sources but merge otherwise. */
  readonly displacement: number | null;
}

export function describeStatistics(statistics: MergeStatistics, names: readonly string[]): MergeDescription {
  const { gram, weighted, moved, alongSources, before, after, dropped, leastDropped, merged } = statistics;
  const norms = gram.map((row, i) => Math.sqrt(row[i]!));
  const apart = weighted.reduce((sum, square) => sum + Math.sqrt(square), 0);
  const normRetention = { before: ratio(Math.sqrt(before), apart), after: ratio(Math.sqrt(after), apart) };
  return {
    sources: names.map((name, i) => ({
      name,
      norm: norms[i]!,
      retention: ratio(alongSources[i]!, norms[i]! * Math.sqrt(merged)),
      projection: ratio(alongSources[i]!, gram[i]![i]!),
      displacement: moved === null ? null : ratio(Math.sqrt(moved[i]!), norms[i]!),
    })),
    cosines: gram.map((row, i) => row.map((inner, j) => ratio(inner, norms[i]! * norms[j]!))),
    norm: Math.sqrt(merged),
    normRetention,
    interference: { before: lost(normRetention.before), after: lost(normRetention.after) },
    truncationError: ratio(Math.sqrt(dropped), Math.sqrt(after)) ?? 0,
    leastTruncationError: ratio(Math.sqrt(leastDropped), Math.sqrt(after)) ?? 0,
  };
}

/** @param modules at least one */
export function addStatistics(modules: readonly MergeStatistics[]): MergeStatistics {
  const total = (of: (statistics: MergeStatistics) => number): number => modules.reduce((sum, one) => sum + of(one), 0);
  const places = modules[0]!.weighted.map((_, i) => i);
  return {
    gram: places.map((i) => places.map((j) => total(({ gram }) => gram[i]![j]!))),
    weighted: places.map((i) => total(({ weighted }) => weighted[i]!)),
    moved: modules.every(({ moved }) => moved !== null) ? places.map((i) => total(({ moved }) => moved![i]!)) : null,
    alongSources: places.map((i) => total(({ alongSources }) => alongSources[i]!)),
    before: total(({ before }) => before),
    after: total(({ after }) => after),
    dropped: total(({ dropped }) => dropped),
    leastDropped: total(({ leastDropped }) => leastDropped),
    merged: total(({ merged }) => merged),
  };
}

const lost = (kept: number | null): number | null => (kept === null ? null : 1 - kept ** 2);

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
