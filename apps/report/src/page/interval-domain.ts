import { max, min } from "d3-array";

/** From the lowest end to the highest, with all intervals in it; never a single point. */
export function domainOf(
  intervals: readonly { readonly low: number; readonly high: number }[],
): readonly [number, number] {
  const [low, high] = [min(intervals, (one) => one.low) ?? 0, max(intervals, (one) => one.high) ?? 0];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
