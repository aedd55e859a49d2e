import { integer, type Random } from "@prefdelta/random";

/** Sum and number of the values of one cluster. */
export interface Cluster {
  readonly sum: number;
  readonly count: number;
}

interface Clustered {
  readonly cluster: string;
  readonly value: number;
}

/** Values gathered by cluster, in order of the clusters' names: the same values in another order are resampled alike. */
export function gatherClusters(values: readonly Clustered[]): Cluster[] {
  const clusters = new Map<string, { sum: number; count: number }>();
  for (const { cluster, value } of values) {
    const found = clusters.get(cluster);
    if (found) {
      found.sum += value;
      found.count++;
    } else clusters.set(cluster, { sum: value, count: 1 });
  }
  return [...clusters].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cluster]) => cluster);
}

/** Mean over all values of the clusters (not of cluster means). */
export function clusterMean(clusters: readonly Cluster[]): number {
  let sum = 0;
  let count = 0;
  for (const cluster of clusters) {
    sum += cluster.sum;
    count += cluster.count;
  }
  return sum / count;
}

/** As many clusters, drawn with replacement. */
export const resample = (random: Random, clusters: readonly Cluster[]): Cluster[] =>
  clusters.map(() => clusters[integer(random, clusters.length)]!);

/** The value below which a share of the sorted numbers lies, linear between neighbours (numpy's default quantile). */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
