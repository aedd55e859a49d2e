import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { lineChart } from "../chart/line-chart.ts";
import type { Series } from "../chart/series.ts";
import { decimals, threeDigits } from "../format-number.ts";
import type { MergedPart, ReportedMerge } from "../read/merge-schema.ts";
import { dataTable } from "./data-table.ts";
import { detailsByPlace } from "./details-by-place.ts";

/** The merge by layer, as small multiples over the depth, and by type of module, as a table. */
export function mergedParts({ byLayer, byType }: Pick<ReportedMerge, "byLayer" | "byType">, place: number): Content {
  const layers = byLayer.filter((part): part is (typeof byLayer)[number] & { layer: number } => part.layer !== null);
  // Nothing is cut off where the rank is that of the sum: a line at zero is no chart.
  const drawn = charts.filter(({ series }) => layers.some((part) => series.some(({ of }) => (of(part) ?? 0) !== 0)));
  return [
    layers.length > 1 &&
      html`<div class="multiples">
        ${drawn.map(
          ({ title, series }, i) =>
            html`<figure>
              <figcaption>${title} <small>by layer</small></figcaption>
              ${lineChart({
                id: `merge-${place}-layers-${i}`,
                title: `${title} by layer`,
                x: "layer",
                series: series.map(({ of, ...line }) => ({
                  ...line,
                  points: layers.map((part) => ({ x: part.layer, y: of(part) })),
                })),
              })}
            </figure> `,
        )}
      </div>`,
    detailsByPlace({ byLayer, byType }, partsTable),
  ];
}

const charts: readonly {
  title: string;
  series: readonly (Omit<Series, "points"> & { of: (part: MergedPart) => number | null })[];
}[] = [
  { title: "norm", series: [{ name: "merge", style: "first", of: ({ norm }) => norm }] },
  {
    title: "norm kept",
    series: [
      { name: "merged", style: "first", of: ({ normRetention }) => normRetention.after },
      { name: "plain sum", style: "baseline", of: ({ normRetention }) => normRetention.before },
    ],
  },
  {
    title: "interference",
    series: [
      { name: "merged", style: "first", of: ({ interference }) => interference.after },
      { name: "plain sum", style: "baseline", of: ({ interference }) => interference.before },
    ],
  },
  {
    title: "truncation error",
    series: [
      { name: "merge", style: "first", of: ({ truncationError }) => truncationError },
      { name: "least", style: "baseline", of: ({ leastTruncationError }) => leastTruncationError },
    ],
  },
];

const partsTable = (caption: string, parts: readonly (readonly [name: string, part: MergedPart])[]): Markup =>
  dataTable({
    caption,
    head: ["", "modules", "norm", "norm kept, plain", "merged", "interference, plain", "merged", "truncated"],
    rows: parts.map(([name, { modules, norm, normRetention, interference, truncationError }]) => [
      name,
      modules,
      threeDigits(norm),
      ...[normRetention.before, normRetention.after, interference.before, interference.after, truncationError].map(
        (value) => decimals(value, 3),
      ),
    ]),
  });
