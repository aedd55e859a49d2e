/** exp of the entropy of S²/ΣS²: the number of directions that the update is spread over (Roy & Vetterli 2007). 0 of a zero update. */
export function effectiveRank(S: Float64Array): number {
  const energy = S.reduce((sum, value) => sum + value ** 2, 0);
  if (energy === 0) return 0;
  let entropy = 0;
  for (const value of S) {
    const share = value ** 2 / energy;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}
