/**
 * Where labels go that would stand at `wanted` heights: at least `gap` apart, in the same order, between `from` and `to`. Where they do not all
 * fit, the space is shared out evenly.
 */
export function placeLabels(
  wanted: readonly number[],
  { gap, from, to }: { readonly gap: number; readonly from: number; readonly to: number },
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const room = Math.min(gap, (to - from) / Math.max(1, wanted.length - 1));
  const placed = Array<number>(wanted.length);
  // Down from the top as far as each must go, then up again from the bottom.
  let free = from;
  for (const i of order) {
    placed[i] = Math.max(free, wanted[i]!);
    free = placed[i]! + room;
  }
  let limit = to;
  for (const i of order.toReversed()) {
    placed[i] = Math.min(limit, placed[i]!);
    limit = placed[i]! - room;
  }
  return placed;
}
