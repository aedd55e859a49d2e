import { line } from "d3-shape";

import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import { threeDigits } from "../format-number.ts";
import { describeSeries } from "./describe-series.ts";
import { placeLabels } from "./place-labels.ts";
import { scalesOf } from "./scales.ts";
import type { Plot, Scales } from "./scales.ts";
import type { Point, Series } from "./series.ts";
import { thinPoints } from "./thin-points.ts";

export interface LineChart {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** What x counts: "step", "layer", "λ". */
  readonly x: string;
  /** At least one. */
  readonly series: readonly Series[];
  /** Natural ends of y. */
  readonly within?: readonly [low: number, high: number];
  /** A value of x that is marked: the λ that was taken. */
  readonly chosen?: number;
  /** Digits of a value; three significant ones if not given. */
  readonly format?: (value: number) => string;
}

const WIDTH = 280;
const HEIGHT = 158;
/** Room to the left for the ticks' numbers, to the right for the lines' names. */
const plot: Plot = { left: 38, right: 214, top: 12, bottom: 128 };
/** Of a name and the value below it. */
const LABEL = 23;

/** Lines over a common x, with axes, each line named at its end; a title and a description for those who do not see it. */
export function lineChart(chart: LineChart): Markup {
  const { id, title, x: xName, series, within, chosen } = chart;
  const format = chart.format ?? threeDigits;
  const scales = scalesOf(series, plot, within);
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t ${id}-d">
    <title id="${id}-t">${title}</title>
    <desc id="${id}-d">${series.map((one) => describeSeries(one, { x: xName, format })).join(" ")}</desc>
    ${axes(scales, xName)}${chosen !== undefined && chosenLine(scales, chosen)}
    ${series.map((one) => drawSeries(one, scales))} ${endLabels(series, scales, format)}
  </svg>`;
}

function axes({ x, y }: Scales, name: string): Markup {
  const down = y.tickFormat(3);
  const across = name === "λ" ? x.tickFormat(4) : String;
  return html`${y.ticks(3).map(
      (tick) =>
        html`<line
            class="grid${tick === 0 && " zero"}"
            x1="${plot.left}"
            x2="${plot.right}"
            y1="${at(y(tick))}"
            y2="${at(y(tick))}"
          />
          <text class="tick" x="${plot.left - 5}" y="${at(y(tick) + 3)}" text-anchor="end">${down(tick)}</text> `,
    )}${wholeTicks(x.ticks(4), name).map(
      (tick) =>
        html`<line class="mark" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${plot.bottom}" y2="${plot.bottom + 3}" />
          <text class="tick" x="${at(x(tick))}" y="${plot.bottom + 13}" text-anchor="middle">${across(tick)}</text> `,
    )}<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}" />
    <text class="tick" x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 26}" text-anchor="middle">${name}</text>`;
}

/** There is no half of a step or a layer. */
const wholeTicks = (ticks: readonly number[], name: string): readonly number[] =>
  name === "λ" ? ticks : ticks.filter(Number.isInteger);

const chosenLine = ({ x }: Scales, chosen: number): Markup =>
  html`<line class="chosen" x1="${at(x(chosen))}" x2="${at(x(chosen))}" y1="${plot.top}" y2="${plot.bottom}" />`;

function drawSeries({ style, points }: Series, { x, y }: Scales): Markup {
  const path = line<Point>()
    .defined((point) => point.y !== null)
    .x((point) => x(point.x))
    .y((point) => y(point.y!))
    .digits(1);
  const shown = thinPoints(points, plot.right - plot.left);
  const known = shown.filter((point) => point.y !== null);
  // A point without neighbours has no line to be seen by.
  const ringed = style === "rings" || known.length === 1;
  return html`<path class="line ${style}" d="${path(shown)}" />${
      ringed &&
      known.map(
        (point) => html` <circle class="ring ${style}" cx="${at(x(point.x))}" cy="${at(y(point.y!))}" r="2.6" />`,
      )
    }`;
}

function endLabels(series: readonly Series[], { y }: Scales, format: (value: number) => string): Markup[] {
  const ends = series.flatMap((one) => {
    const last = one.points.findLast((point) => point.y !== null);
    return last === undefined ? [] : [{ ...one, last: last.y! }];
  });
  const gap = ends.length > 1 ? LABEL : 0;
  const heights = placeLabels(
    ends.map(({ last }) => y(last)),
    { gap, from: plot.top, to: plot.bottom - (ends.length > 1 ? 8 : 0) },
  );
  return ends.map(({ name, style, last }, i) => {
    const [left, top] = [plot.right + 6, heights[i]!];
    if (ends.length === 1)
      return html`<text class="value ${style}" x="${left}" y="${at(top + 3.5)}">${format(last)}</text>`;
    return html`<text class="name ${style}" x="${left}" y="${at(top + 2)}">${name}</text
      ><text class="value ${style}" x="${left}" y="${at(top + 13)}">${format(last)}</text> `;
  });
}

/** A tenth of a unit is finer than any screen. */
const at = (position: number): string => String(Math.round(10 * position) / 10);
