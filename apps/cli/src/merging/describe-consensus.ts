import type { ConsensusSummary } from "@prefdelta/merge";

/** What adapters share, in a line: `directions shared, mean of a module: 1.857 left, 4.000 right (modules: shared 14)`. */
export function describeConsensus({ meanRank: { left, right }, findings }: ConsensusSummary): string {
  const found = Object.entries(findings).flatMap(([finding, count]) => (count === 0 ? [] : [`${finding} ${count}`]));
  const ranks = `${left.toFixed(3)} left, ${right.toFixed(3)} right`;
  return `directions shared, mean of a module: ${ranks} (modules: ${found.join(", ")})`;
}
