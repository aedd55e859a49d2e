import type { Matrix } from "@prefdelta/linalg";
import type { Random } from "@prefdelta/random";

interface ClusterOptions {
  /** Clusters at most; fewer where there are not so many different points. */
  readonly clusters: number;
  /** Random starts, of which the tightest result counts. */
  readonly starts: number;
  readonly random: Random;
}

/** Rounds of Lloyd's iteration at most. */
const ROUNDS = 300;

/**
 * k-means: Lloyd's iteration from starts by k-means++ (Arthur & Vassilvitskii 2007). It runs on the points' inner products alone, so a
 * step costs O(K²) however long the points are: ‖x − c‖² = ⟨x, x⟩ − 2 mean⟨x, y⟩ + mean⟨y, z⟩ over the members y, z of c's cluster.
 *
 * @param products of K points, K × K
 * @returns the members of each cluster, none empty
 */
export function clusterPoints(products: Matrix, { clusters, starts, random }: ClusterOptions): number[][] {
  let best: { members: number[][]; spread: number } | undefined;
  for (let start = 0; start < starts; start++) {
    const found = settle(products, seeds(products, clusters, random.fork("start", start)));
    // Of equally tight ones the first: rounding does not choose.
    if (best === undefined || found.spread < best.spread * (1 - 1e-9)) best = found;
  }
  return best!.members;
}

/** k-means++: the first point at random, every other with a chance that grows with its squared distance from those chosen. */
function seeds(products: Matrix, clusters: number, random: Random): number[][] {
  const count = products.rows;
  const chosen = [Math.floor(random.next() * count)];
  while (chosen.length < Math.min(clusters, count)) {
    const distances = Array.from({ length: count }, (_, x) =>
      Math.min(...chosen.map((y) => squaredDistance(products, x, [y]))),
    );
    const total = distances.reduce((sum, distance) => sum + distance, 0);
    if (total === 0) break;
    let left = random.next() * total;
    const next = distances.findIndex((distance) => distance > 0 && (left -= distance) < 0);
    chosen.push(next < 0 ? distances.indexOf(Math.max(...distances)) : next);
  }
  return chosen.map((point) => [point]);
}

function settle(products: Matrix, first: number[][]): { members: number[][]; spread: number } {
  let members = first;
  for (let round = 0; ; round++) {
    const places = Array.from({ length: products.rows }, (_, x) => nearest(products, x, members));
    const next = members.map((_, cluster) => places.flatMap((place, x) => (place.cluster === cluster ? [x] : [])));
    const stays = next.every((own, cluster) => own.join() === members[cluster]!.join());
    members = next.filter((own) => own.length > 0);
    if (stays || round === ROUNDS) return { members, spread: places.reduce((sum, { distance }) => sum + distance, 0) };
  }
}

function nearest(products: Matrix, x: number, members: readonly number[][]): { cluster: number; distance: number } {
  const distances = members.map((own) => squaredDistance(products, x, own));
  const distance = Math.min(...distances);
  return { cluster: distances.indexOf(distance), distance };
}

/** Of a point from the mean of others; what is left of rounding is 0. */
function squaredDistance({ cols, data }: Matrix, x: number, members: readonly number[]): number {
  const own = data[x * cols + x]!;
  let [across, within] = [0, 0];
  for (const y of members) {
    across += data[x * cols + y]!;
    for (const other of members) within += data[y * cols + other]!;
  }
  const distance = own - (2 * across) / members.length + within / members.length ** 2;
  return distance > 1e-12 * own ? distance : 0;
}
