import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { intervalMark } from "../chart/interval-mark.ts";
import { percent, points, pValue } from "../format-number.ts";
import type { Difference, Interval, ReportedTable } from "../read/table-schema.ts";
import type { Run } from "../run.ts";
import { dataTable } from "./data-table.ts";
import { domainOf } from "./interval-domain.ts";
import { article, section } from "./section.ts";

type Ablation = ReportedTable["ablations"][number];

/** What a merge owes to the number of its deltas, and to each of them; nothing where no merge asked for it. */
export function ablationsSection({ table }: Run): Markup | null {
  if (typeof table === "string" || table.ablations.length === 0) return null;
  return section({
    id: "ablations",
    title: "Ablations",
    body: table.ablations.map((ablation, place) =>
      article({ id: `ablation-${place}`, title: ablation.merge, body: [scaling(ablation), leaveOneOut(ablation)] }),
    ),
  });
}

const scaling = ({ scaling: rows }: Ablation): Content =>
  rows.length > 0 &&
  dataTable({
    caption: "The first 1, 2, … deltas: average in percent, and points above the base",
    head: ["deltas", "average", "− base"],
    rows: rows.map(({ deltas, average, minus_base: found }) => [
      html`${deltas.length} <small>${deltas.join(", ")}</small>`,
      averageCell(average, rows),
      differenceCell(
        found,
        rows.map((row) => row.minus_base),
      ),
    ]),
  });

const leaveOneOut = ({ leave_one_out: rows }: Ablation): Content =>
  rows.length > 0 &&
  dataTable({
    caption: "All but one: average in percent without it, and the points that it adds",
    head: ["without", "average", "it adds"],
    rows: rows.map(({ without, average, contribution }) => [
      without,
      averageCell(average, rows),
      differenceCell(
        contribution,
        rows.map((row) => row.contribution),
      ),
    ]),
  });

const averageCell = ({ value, low, high }: Interval, rows: readonly { readonly average: Interval }[]): Markup =>
  html`<span class="number">${percent(value)}</span> <small>${percent(low)}–${percent(high)}</small>${intervalMark({
      ...{ value, low, high },
      domain: domainOf(rows.map(({ average }) => average)),
      reference: null,
    })}`;

const differenceCell = ({ difference, low, high, p }: Difference, all: readonly Difference[]): Markup =>
  html`<span class="number">${points(difference)}</span>
    <small>${pValue(p)}, ${points(low)} to ${points(high)}</small>${intervalMark({
      ...{ value: difference, low, high },
      domain: domainOf([...all, { low: 0, high: 0 }]),
      reference: 0,
    })}`;
