import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { ScaleLinear } from "d3-scale";

import type { Series } from "./series.ts";

type Scale = ScaleLinear<number, number>;

/** The rectangle that lines are drawn in, in units of the SVG. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

/** What is nearer together, or nearer to zero, is drawn as one value: ticks between would be rounding errors. */
const [NEAR, NOTHING] = [1e-9, 1e-100];

/** A domain that is no single point. */
function spread([low, high]: readonly [number, number]): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size < NOTHING) return [0, 1];
  return high - low > NEAR * size ? [low, high] : [low - size / 10, high + size / 10];
}

/**
 * x runs over exactly what there is, y to round numbers around it.
 *
 * @param within y, where it has natural ends: accuracies are between 0 and 1
 */
export function scalesOf(series: readonly Series[], plot: Plot, within?: readonly [number, number]): Scales {
  const points = series.flatMap(({ points }) => points);
  const [left = 0, right = 1] = extent(points, ({ x }) => x);
  const [low = 0, high = 1] = extent(points, ({ y }) => y ?? undefined);
  const y = scaleLinear(within ?? spread([low, high]), [plot.bottom, plot.top]);
  return {
    x: scaleLinear(spread([left, right]), [plot.left, plot.right]),
    y: within === undefined ? y.nice(3) : y,
  };
}
