import type { Point } from "./series.ts";

/**
 * As many points as a chart can show: of those in one column of pixels the first, the lowest, the highest and the last, which draw the same line
 * (Jugel et al. 2014, M4: A Visualization-Oriented Time Series Data Aggregation). Gaps stay, one a column.
 *
 * @param columns of the chart's width
 */
export function thinPoints(points: readonly Point[], columns: number): readonly Point[] {
  if (points.length <= 4 * columns) return points;
  const [from, to] = [points[0]!.x, points.at(-1)!.x];
  const columnOf = ({ x }: Point): number => Math.min(columns - 1, Math.floor(((x - from) / (to - from)) * columns));
  return [...Map.groupBy(points, columnOf).values()].flatMap((group) => {
    const known = group.filter(({ y }) => y !== null).toSorted((a, b) => a.y! - b.y!);
    const gap = group.find(({ y }) => y === null);
    const kept = new Set([group[0]!, group.at(-1)!, known[0], known.at(-1), gap]);
    return group.filter((point) => kept.has(point));
  });
}
