import type { Point, Series } from "./series.ts";

/** A line in words: `loss: 0.693 at step 1, 0.12 at step 40; lowest 0.11 at step 38, highest 0.7 at step 2.` */
export function describeSeries(
  { name, points }: Series,
  { x, format }: { readonly x: string; readonly format: (value: number) => string },
): string {
  const known = points.filter((point): point is Point & { y: number } => point.y !== null);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return `${name}: no values.`;
  const place = (point: Point & { y: number }): string => `${format(point.y)} at ${x} ${point.x}`;
  if (known.length === 1) return `${name}: ${place(first)}.`;
  const [lowest, highest] = [known.reduce((a, b) => (b.y < a.y ? b : a)), known.reduce((a, b) => (b.y > a.y ? b : a))];
  return `${name}: ${place(first)}, ${place(last)}; lowest ${place(lowest)}, highest ${place(highest)}.`;
}
