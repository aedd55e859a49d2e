import { gatherClusters } from "./clusters.ts";
import { studentUpperTail } from "./student-t.ts";

interface Difference {
  readonly cluster: string;
  readonly value: number;
}

/**
 * Two one-sided t-tests (Schuirmann 1987): the probability of a mean difference so near 0 if the true one were `margin` or more away from it.
 * Small p: the two are equivalent within the margin. The standard error is that of clusters that stand or fall together (Liang & Zeger 1986,
 * with G/(G − 1)), G − 1 degrees of freedom; where each item is a cluster of its own this is the paired t-test (statsmodels' `ttost_paired`).
 * A single cluster tells nothing: p is 1. Differences that do not vary are taken for the truth: p is 0 within the margin and 1 beyond.
 */
export function equivalenceTest(differences: readonly Difference[], margin: number): number {
  const n = differences.length;
  const mean = differences.reduce((sum, { value }) => sum + value, 0) / n;
  const clusters = gatherClusters(differences);
  const G = clusters.length;
  if (G < 2) return 1;
  const squares = clusters.reduce((total, { sum, count }) => total + (sum - count * mean) ** 2, 0);
  const error = Math.sqrt((squares * G) / (G - 1)) / n;
  if (error === 0) return Math.abs(mean) < margin ? 0 : 1;
  return Math.max(studentUpperTail((mean + margin) / error, G - 1), studentUpperTail((margin - mean) / error, G - 1));
}
