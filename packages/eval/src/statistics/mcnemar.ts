/**
 * McNemar's exact test of paired yes/no outcomes: the two-sided probability, were the models exchangeable, of discordant pairs split as unevenly
 * as `gained` to `lost` (McNemar 1947; the binomial form of statsmodels' `mcnemar(exact=True)`). Pairs that agree do not count.
 */
export function mcnemarTest(gained: number, lost: number): number {
  const n = gained + lost;
  const fewer = Math.min(gained, lost);
  // Σ_{k ≤ fewer} C(n, k)/2ⁿ, each term from the one before; in logarithms, for 2⁻ⁿ is no double beyond n = 1074.
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
