/**
 * p-values adjusted for their number (Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure): the i-th smallest of m times
 * m − i + 1, made monotone, at most 1. Whoever rejects those below α is wrong about any of them with probability α at most.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).toSorted((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = Array<number>(pValues.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}
