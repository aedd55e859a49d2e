import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { intervalMark } from "../chart/interval-mark.ts";
import { percent, points, pValue } from "../format-number.ts";
import type { Difference, Interval, Leader, ReportedTable } from "../read/table-schema.ts";
import { domainOf } from "./interval-domain.ts";

type Row = ReportedTable["rows"][number];

const kinds: Readonly<Record<string, string>> = {
  base: "Base",
  weak: "Weak models, whose answers made the pairs",
  single: "Single deltas",
  merge: "Merges",
  control: "Controls",
};

/** From which p on a difference is not marked. */
const ALPHA = 0.05;

/** A value of a column, of every row. */
interface ScoreColumn {
  readonly name: string;
  readonly items: number | undefined;
  readonly leader: Leader | undefined;
  readonly of: (row: Row) => Interval;
  readonly againstBase: (row: Row) => Difference | undefined;
}

/** Models × skills, each number over its interval; then paired differences of the averages. */
export function resultsTable(table: ReportedTable): Markup {
  const { rows, items, leaders, best_single: best } = table;
  const columns: ScoreColumn[] = [
    ...Object.entries(items).map(([skill, count]): ScoreColumn => ({
      name: skill,
      items: count,
      leader: leaders?.skills[skill],
      of: (row) => row.skills[skill] ?? { value: 0, low: 0, high: 0 },
      againstBase: (row) => row.minus_base[skill],
    })),
    {
      name: "average",
      items: undefined,
      leader: leaders?.average,
      of: ({ average }) => average,
      againstBase: ({ paired }) => paired.base,
    },
  ];
  const references = (["base", "best_single", "joint"] as const).filter((key) =>
    rows.some(({ paired }) => paired[key] !== undefined),
  );
  const names = { base: "− base", best_single: html`− best single <small>(${best})</small>`, joint: "− joint" };
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Results">
    <table class="results">
      <caption>
        Exact match in percent on held-out items, with 95 % intervals, and paired differences of the averages in points.
      </caption>
      <thead>
        <tr>
          <th scope="col">model</th>
          ${columns.map(({ name, items: count }) => html`<th scope="col">${name}${count !== undefined && html` <small>${count} items</small>`}</th>`)}${references.map((key) => html`<th scope="col">${names[key]}</th>`)}
        </tr>
      </thead>
      ${groups(rows).map(
        ([kind, group]) =>
          html`<tbody>
            <tr class="kind">
              <th scope="rowgroup" colspan="${1 + columns.length + references.length}">${kinds[kind] ?? kind}</th>
            </tr>
            ${group.map(
              (row) =>
                html`<tr>
                  <th scope="row">${row.model}</th>
                  ${columns.map((column) => scoreCell(row, column, rows))}${references.map((key) => differenceCell(row, key, rows))}
                </tr> `,
            )}
          </tbody> `,
      )}
    </table>
  </div>`;
}

/** In the table's own order. */
const groups = (rows: readonly Row[]): [string, Row[]][] => [...Map.groupBy(rows, ({ kind }) => kind)];

function scoreCell(row: Row, { leader, of, againstBase }: ScoreColumn, rows: readonly Row[]): Markup {
  const { value, low, high } = of(row);
  const base = rows.find(({ kind }) => kind === "base");
  const mark = intervalMark({
    ...{ value, low, high },
    domain: domainOf(rows.map(of)),
    reference: base === undefined ? null : of(base).value,
  });
  const rank = rankOf(row.model, leader);
  return html`<td class="${rank}">
    <span class="number">${percent(value)}</span>${directionMark(againstBase(row))}${rankMark(rank)}
    <small class="ends">${percent(low)}–${percent(high)}</small>${mark}
  </td>`;
}

type Rank = "best" | "ahead" | "level" | "";

function rankOf(model: string, leader: Leader | undefined): Rank {
  if (leader === undefined) return "";
  if (leader.model === model) return leader.not_told_apart.length === 0 ? "best" : "ahead";
  return leader.not_told_apart.includes(model) ? "level" : "";
}

const rankMark = (rank: Rank): Content =>
  rank !== "" && html` <span class="rank">${{ best: "best", ahead: "highest", level: "level" }[rank]}</span>`;

/** Against the base, where the paired test tells them apart. */
function directionMark(found: Difference | undefined): Content {
  if (found === undefined || found.p >= ALPHA) return null;
  const [sign, word] = found.difference > 0 ? ["▲", "above the base"] : ["▼", "below the base"];
  return html`<span class="direction" aria-hidden="true">${sign}</span><span class="unseen"> ${word}</span>`;
}

function differenceCell({ paired }: Row, key: keyof Row["paired"], rows: readonly Row[]): Markup {
  const found = paired[key];
  if (found === undefined) return html`<td class="none">·</td>`;
  const { difference, low, high, p } = found;
  const all = rows.flatMap((row) => row.paired[key] ?? []).map((one) => ({ ...one, value: one.difference }));
  return html`<td>
    <span class="number">${points(difference)}</span> <small>${pValue(p)}</small>
    <small class="ends">${points(low)} to ${points(high)}</small
    >${intervalMark({ value: difference, low, high, domain: domainOf([...all, { low: 0, high: 0 }]), reference: 0 })}
  </td>`;
}

/** How to read the signs, and what the numbers are. */
export function legend({ leaders, best_single: best, rows }: ReportedTable): Content {
  const marks =
    leaders !== undefined &&
    html`<p class="legend">
      <span class="rank">best</span> highest of its column, and a paired test tells every other row from it (p &lt;
      .05). <span class="rank">highest</span> with <span class="rank">level</span>: highest, and those that the test
      does not tell from it; none of them is shown to be the best.
    </p>`;
  const direction = rows.some((row) => Object.keys(row.minus_base).length > 0)
    ? html`▲ ▼ above or below the base by a paired test on the same items (p &lt; .05, not adjusted for their number).`
    : html`▲ ▼ average above or below the base by a paired test on the same items (p &lt; .05, not adjusted for their
      number).`;
  return [
    marks,
    html`<p class="legend">
      ${direction} Intervals are 95 % bootstrap intervals over clusters of items; p is of a paired sign-flip test. The
      line through each column is the base; that through the differences is
      none.${best !== null && html` The best single delta, ${best}, was picked on these very items, which favours it.`}
    </p>`,
  ];
}
