import { max } from "d3-array";
import { scaleLinear } from "d3-scale";

import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

const [WIDTH, HEIGHT, BOTTOM] = [200, 58, 42];

/** Counts of shares in equal bins from 0 to 1. */
export function histogram(
  counts: readonly number[],
  { id, title }: { readonly id: string; readonly title: string },
): Markup {
  const y = scaleLinear([0, max(counts) || 1], [0, BOTTOM - 4]);
  const width = WIDTH / counts.length;
  const said = counts.map((count, i) => `${i / counts.length} to ${(i + 1) / counts.length}: ${count}`).join(", ");
  return html`<svg class="histogram" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t ${id}-d">
    <title id="${id}-t">${title}</title>
    <desc id="${id}-d">${said}.</desc>
    ${counts.map((count, i) => html`<rect x="${(i * width + 1).toFixed(1)}" y="${(BOTTOM - y(count)).toFixed(1)}" width="${(width - 2).toFixed(1)}" height="${y(count).toFixed(1)}" />`)}
    <line class="axis" x1="0" x2="${WIDTH}" y1="${BOTTOM}" y2="${BOTTOM}" />
    <text class="tick" x="0" y="${HEIGHT - 4}">0 different</text>
    <text class="tick" x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">1 the same</text>
  </svg>`;
}
