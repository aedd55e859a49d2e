import { matrix } from "@prefdelta/linalg";
import type { Factors } from "./methods/merge-method.ts";

/**
 * The same updates by factors of the largest rank among them: rows of zeros under A, columns of zeros beside B. B · A stays what it is, and so
 * does each scale, which is of the adapter's own rank; what sums A and B each by itself has something to sum.
 */
export function padFactors(parts: readonly Factors[]): Factors[] {
  const rank = Math.max(...parts.map(({ A }) => A.rows));
  return parts.map((part) => (part.A.rows === rank ? part : { ...part, ...padded(part, rank) }));
}

function padded({ A, B }: Factors, rank: number): Pick<Factors, "A" | "B"> {
  const [tall, wide] = [matrix(rank, A.cols), matrix(B.rows, rank)];
  tall.data.set(A.data);
  for (let row = 0; row < B.rows; row++) wide.data.set(B.data.subarray(row * B.cols, (row + 1) * B.cols), row * rank);
  return { A: tall, B: wide };
}
