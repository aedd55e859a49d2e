/** Where evaluations stand. */
export interface BestSoFar {
  /** The step after which the metric was best. */
  readonly step: number;
  readonly value: number;
  /** Evaluations in a row that brought nothing. */
  readonly stale: number;
}

interface BestOptions {
  readonly greaterIsBetter: boolean;
  /** An evaluation that is better by no more than this brought nothing. */
  readonly threshold: number;
}

/** What one more evaluation makes of the best so far; a value that is no number is never better. As transformers' EarlyStoppingCallback counts. */
export function updateBest(
  best: BestSoFar | undefined,
  { step, value }: { readonly step: number; readonly value: number },
  { greaterIsBetter, threshold }: BestOptions,
): BestSoFar {
  if (!best) return { step, value, stale: 0 };
  const gain = greaterIsBetter ? value - best.value : best.value - value;
  const stale = gain > threshold ? 0 : best.stale + 1;
  return gain > 0 || Number.isNaN(best.value) ? { step, value, stale } : { ...best, stale };
}
