import type { TokenStatistics } from "@prefdelta/causal-lm";

/** What one micro-batch gave. Sequences are pair by pair, chosen before rejected where there is one. */
export interface MicroBatchResult {
  readonly loss: number;
  readonly tokens: TokenStatistics;
  /** log π_ref of each sequence, where the loss has a reference. */
  readonly reference: ArrayLike<number> | undefined;
  /** Sequences a pair: 2, or 1 where the rejected answers were not computed. */
  readonly sides: 1 | 2;
  readonly beta: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean over the tokens of some sequences, given each sequence's mean. */
function tokenMean(means: ArrayLike<number>, counts: ArrayLike<number>, sequences: readonly number[]): number {
  const tokens = sequences.reduce((sum, s) => sum + counts[s]!, 0);
  return tokens === 0 ? 0 : sequences.reduce((sum, s) => sum + means[s]! * counts[s]!, 0) / tokens;
}

/** `name/chosen`, `name/rejected`, and, given both, `name/accuracies` (ties are wrong) and `name/margins`. */
function rewardMetrics(name: string, chosen: readonly number[], rejected: readonly number[]): Record<string, number> {
  const metrics: Record<string, number> = { [`${name}/chosen`]: mean(chosen) };
  if (rejected.length === 0) return metrics;
  metrics[`${name}/rejected`] = mean(rejected);
  metrics[`${name}/accuracies`] = mean(chosen.map((reward, pair) => (reward > rejected[pair]! ? 1 : 0)));
  metrics[`${name}/margins`] = mean(chosen.map((reward, pair) => reward - rejected[pair]!));
  return metrics;
}

/**
 * A micro-batch's metrics under TRL's names and with TRL's meaning: rewards/* are β times the summed log-ratio whatever the loss, logits/*,
 * entropy and mean_token_accuracy are means over tokens, accuracy of the chosen answers only. rewards_per_token/* are β times the mean
 * log-ratio, the quantity that a length-normalised loss sees. Without a reference, rewards/* are β times the mean log-prob. Metrics of a side
 * that the loss does without are left out.
 */
export function microBatchMetrics(result: MicroBatchResult): Record<string, number> {
  const { loss, tokens, reference, sides, beta } = result;
  const { logProbs, counts } = tokens;
  const all = Array.from(logProbs, (_, s) => s);
  const chosen = all.filter((s) => s % sides === 0);
  const rejected = all.filter((s) => s % sides === 1);
  const metrics: Record<string, number> = { loss, entropy: tokenMean(tokens.entropy, counts, all) };
  const bySide = [
    ["chosen", chosen],
    ["rejected", rejected],
  ] as const;
  for (const [side, sequences] of bySide) {
    if (sequences.length === 0) continue;
    metrics[`logps/${side}`] = mean(sequences.map((s) => logProbs[s]!));
    metrics[`logits/${side}`] = tokenMean(tokens.meanLogits, counts, sequences);
  }
  metrics["mean_token_accuracy"] = tokenMean(tokens.accuracy, counts, chosen);
  if (!reference) {
    // A loss of the policy alone: TRL's CPO and ORPO trainers call β times the mean log-prob the reward.
    const own = (s: number): number => (beta * logProbs[s]!) / Math.max(1, counts[s]!);
    return rejected.length === 0
      ? metrics
      : { ...metrics, ...rewardMetrics("rewards", chosen.map(own), rejected.map(own)) };
  }
  const reward = (s: number): number => beta * (logProbs[s]! - reference[s]!);
  const perToken = (s: number): number => reward(s) / Math.max(1, counts[s]!);
  return {
    ...metrics,
    ...rewardMetrics("rewards", chosen.map(reward), rejected.map(reward)),
    ...rewardMetrics("rewards_per_token", chosen.map(perToken), rejected.map(perToken)),
  };
}

/** The mean over an update's micro-batches, each weighing the same, as TRL logs it. */
export function meanMetrics(microBatches: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(microBatches[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, mean(microBatches.map((metrics) => metrics[name]!))]));
}
