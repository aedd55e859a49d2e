import { scaleLinear } from "d3-scale";

import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

export interface IntervalMark {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Of all marks in the column, so that they can be compared. */
  readonly domain: readonly [from: number, to: number];
  /** A value that all are seen against: the base's, or no difference. */
  readonly reference: number | null;
}

const WIDTH = 100;
const HEIGHT = 9;

/** A dot on its interval, below the numbers that say the same; hidden from those who hear these. */
export function intervalMark({ value, low, high, domain, reference }: IntervalMark): Markup {
  const x = scaleLinear([...domain], [3, WIDTH - 3]);
  const at = (share: number): string => x(share).toFixed(1);
  return html`<svg class="interval" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    ${reference !== null && html`<line class="reference" x1="${at(reference)}" x2="${at(reference)}" y1="0" y2="${HEIGHT}" />`}
    <line class="span" x1="${at(low)}" x2="${at(high)}" y1="4.5" y2="4.5" />
    <circle cx="${at(value)}" cy="4.5" r="2.4" />
  </svg>`;
}
