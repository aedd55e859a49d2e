import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { lineChart } from "../chart/line-chart.ts";
import type { LineStyle } from "../chart/series.ts";
import { decimals, threeDigits } from "../format-number.ts";
import type { AdapterPair, PairGroup, ReportedMerge, Standing } from "../read/merge-schema.ts";
import type { Run } from "../run.ts";
import { dataTable } from "./data-table.ts";
import { detailsByPlace } from "./details-by-place.ts";
import { describeConsensus } from "./merges-section.ts";
import { article, section } from "./section.ts";

/** The deltas beside one another, before anything is made of them: said once for all merges of the same ones. */
export function standingSection({ merges }: Run): Markup | null {
  const reports = merges.flatMap(({ stage, files }) =>
    files?.report === undefined ? [] : [{ name: stage.name, report: files.report }],
  );
  const told = Map.groupBy(reports, ({ report }) => JSON.stringify(report.diagnostics));
  const standings = [...told.values()].flatMap((same) => {
    const { report } = same[0]!;
    return report.diagnostics === null
      ? []
      : [{ merges: same.map(({ name }) => name), report, standing: report.diagnostics }];
  });
  if (standings.length === 0) return null;
  return section({
    id: "deltas",
    title: "Deltas side by side",
    body: standings.map(({ merges, report, standing }, place) =>
      article({
        id: `deltas-${place}`,
        title: report.summary.sources.map(({ name }) => name).join(", "),
        body: [
          html`<p class="about">merged in ${merges.join(", ")}</p>`,
          describeStanding(report, { standing, place }),
        ],
      }),
    ),
  });
}

function describeStanding(
  { summary }: ReportedMerge,
  { standing, place }: { readonly standing: Standing; readonly place: number },
): Content {
  const { norms, effectiveRanks, pairs, consensus, byLayer, byType } = standing;
  return [
    describeConsensus(consensus),
    dataTable({
      caption: "Each delta",
      head: ["delta", "norm", "effective rank, mean of a module"],
      rows: summary.sources.map(({ name }, i) => [name, threeDigits(norms[i]), decimals(effectiveRanks[i], 2)]),
    }),
    pairs.length > 0 && [
      pairsTable(
        "Each two of them",
        pairs.map((pair) => [html`${pair.a} × ${pair.b}`, pair]),
      ),
      html`<p class="legend">
        Overlap is the mean squared cosine of the principal angles of two subspaces, 1 where the one lies in the other;
        beside it stands what random subspaces of these ranks would show. Left is what a delta writes, right what it
        reads: one A₀ for all makes right ones agree before any training. Sign conflict is near 0.5 for unrelated
        deltas.
      </p>`,
      layerCharts(byLayer, place),
      detailsByPlace({ byLayer, byType }, groupTable),
    ],
  ];
}

const pairsTable = (caption: string, pairs: readonly (readonly [name: Content, pair: AdapterPair])[]): Markup =>
  dataTable({
    caption,
    groups: [
      ["", 1],
      ["", 1],
      ["left overlap", 2],
      ["smallest left angle", 2],
      ["right overlap", 2],
      ["smallest right angle", 2],
      ["", 1],
    ],
    head: ["", "cosine", "found", "random", "found", "random", "found", "random", "found", "random", "sign conflict"],
    rows: pairs.map(([name, { cosine, left, right, signConflict }]) => [
      name,
      decimals(cosine, 3),
      ...[left, right].flatMap((side) => [
        decimals(side.overlap, 3),
        decimals(side.randomOverlap, 3),
        degrees(side.angles[0]),
        degrees(side.randomAngles[0]),
      ]),
      decimals(signConflict, 3),
    ]),
  });

const degrees = (angle: number | undefined): string => (angle === undefined ? "–" : `${decimals(angle, 1)}°`);

const groupTable = (caption: string, groups: readonly (readonly [name: string, group: PairGroup])[]): Markup =>
  pairsTable(
    caption,
    groups.flatMap(([name, { pairs }]) =>
      pairs.map((pair) => [html`${name} <small>${pair.a} × ${pair.b}</small>`, pair] as const),
    ),
  );

/** So many pairs can be told apart in one chart. */
const styles: readonly LineStyle[] = ["first", "second", "third"];

const charts: readonly {
  title: string;
  of: (pair: AdapterPair) => number | null;
  random?: (pair: AdapterPair) => number | null;
}[] = [
  { title: "cosine", of: ({ cosine }) => cosine },
  { title: "left overlap", of: ({ left }) => left.overlap, random: ({ left }) => left.randomOverlap },
  { title: "right overlap", of: ({ right }) => right.overlap, random: ({ right }) => right.randomOverlap },
  { title: "sign conflict", of: ({ signConflict }) => signConflict },
];

/** Over the depth, where there is one and the lines are few; the table has them all. */
function layerCharts(byLayer: Standing["byLayer"], place: number): Content {
  const layers = byLayer.filter((group): group is (typeof byLayer)[number] & { layer: number } => group.layer !== null);
  const names = layers[0]?.pairs.map(({ a, b }) => `${a} × ${b}`) ?? [];
  if (layers.length < 2 || names.length > styles.length) return null;
  return html`<div class="multiples">
    ${charts.map(({ title, of, random }, i) => {
      const points = (pair: number, value: (pair: AdapterPair) => number | null) =>
        layers.map(({ layer, pairs }) => ({ x: layer, y: pairs[pair] === undefined ? null : value(pairs[pair]) }));
      const series = [
        ...names.map((name, pair) => ({ name, style: styles[pair]!, points: points(pair, of) })),
        ...(random === undefined ? [] : [{ name: "random", style: "baseline" as const, points: points(0, random) }]),
      ];
      return html`<figure>
        <figcaption>${title} <small>by layer</small></figcaption>
        ${lineChart({ id: `deltas-${place}-${i}`, title: `${title} by layer`, x: "layer", series })}
      </figure> `;
    })}
  </div>`;
}
