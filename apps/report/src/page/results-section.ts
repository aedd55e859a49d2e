import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { points, percent, pValue } from "../format-number.ts";
import type { Difference } from "../read/table-schema.ts";
import type { ReportedTable } from "../read/table-schema.ts";
import type { Run } from "../run.ts";
import { dataTable } from "./data-table.ts";
import { legend, resultsTable } from "./results-table.ts";
import { section } from "./section.ts";

/** What came out: every model on every skill. */
export const resultsSection = (run: Run): Markup =>
  section({
    id: "results",
    title: "Results",
    body: typeof run.table === "string" ? withoutTable(run) : withTable(run.table),
  });

const withTable = (table: ReportedTable): Content => [headline(table), resultsTable(table), legend(table)];

/** The answer in a sentence or two; no more than the paired tests say. */
function headline({ rows, leaders }: ReportedTable): Content {
  const base = rows.find(({ kind }) => kind === "base");
  if (leaders === undefined) return null;
  const { model, not_told_apart: others } = leaders.average;
  const leader = rows.find((row) => row.model === model);
  if (leader === undefined) return null;
  const level =
    others.length === 0
      ? html`<strong>${model}</strong> is the best on average: better than every other row of the table by a paired test`
      : html`<strong>${model}</strong> has the highest average, and is not told apart from ${join(others)}`;
  const own = html`${percent(leader.average.value)}&nbsp;% (${percent(leader.average.low)} to
  ${percent(leader.average.high)})`;
  const against = leader.paired.base;
  return html`<p class="headline">
    ${level}. It has
    ${own}${
      base !== undefined && base !== leader && html`; the base has ${percent(base.average.value)}&nbsp;%`
    }${against !== undefined && html`, a difference of ${describe(against)}`}.
  </p>`;
}

const describe = ({ difference, low, high, p }: Difference): string =>
  `${points(difference)} points (${points(low)} to ${points(high)}, ${pValue(p)})`;

/** So many names can be read in a sentence. */
const NAMED = 4;

const join = (names: readonly string[]): Content =>
  names.length > NAMED
    ? `${names.length} other rows`
    : names.map((name, i) => html`${i > 0 && (i === names.length - 1 ? " and " : ", ")}<strong>${name}</strong>`);

/** Evaluations that are done, each by itself, until there is a table that compares them. */
function withoutTable({ recipe, table, evaluations }: Run): Content {
  if (recipe.eval === undefined)
    return html`<p class="note">The recipe asks for no evaluation, so there is no table.</p>`;
  const why =
    table === "outdated"
      ? "table.json rests on other evaluations than the recipe's now, and is not shown; the next finished run makes it again."
      : "There is no table yet: it is made when every evaluation is done.";
  const done = evaluations.filter(({ files }) => files?.scores !== undefined);
  const tasks = [...new Set(done.flatMap(({ files }) => files!.scores!.map(({ task }) => task)))];
  return [
    html`<p class="note">${why}</p>`,
    done.length === 0
      ? html`<p class="note">No evaluation is done yet.</p>`
      : dataTable({
          caption: `Of the ${evaluations.length} models, the ${done.length} that are evaluated so far, in percent ± standard error. They are not compared.`,
          head: ["model", ...tasks],
          rows: done.map(({ stage, files }) => [
            stage.name,
            ...tasks.map((task) => {
              const score = files!.scores!.find((one) => one.task === task);
              if (score === undefined) return "–";
              const error =
                score.standardError === null ? null : html` <small>± ${percent(score.standardError)}</small>`;
              return html`${percent(score.value)}${error}`;
            }),
          ]),
        }),
  ];
}
