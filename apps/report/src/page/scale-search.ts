import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { lineChart } from "../chart/line-chart.ts";
import { percent } from "../format-number.ts";
import type { ScaleSearch } from "../read/merge-schema.ts";
import { dataTable } from "./data-table.ts";

/** How λ was chosen: every value that was tried on the dev items, and whether the best lies inside of them. */
export function scaleSearch({ scale, inside, trials }: ScaleSearch, place: number): Content {
  const skills = Object.keys(trials[0]!.skills);
  const [smallest, largest] = [trials[0]!.scale, trials.at(-1)!.scale];
  const best = trials.find((trial) => trial.scale === scale);
  return [
    html`<p>
      λ was searched on the dev items: <strong>${scale}</strong> of ${smallest} to
      ${largest}${best !== undefined && html` answers ${percent(best.average)} % of them on average`}.
      ${verdict(inside, trials.length)}
    </p>`,
    html`<div class="beside">
      ${chart({ scale, trials }, place)}
      ${dataTable({
        caption: "Dev items answered, in percent, at every λ tried",
        head: ["λ", ...skills, "average"],
        rows: trials.map((trial) => [
          html`${trial.scale}${trial.scale === scale && html` <span class="rank">taken</span>`}`,
          ...skills.map((skill) => percent(trial.skills[skill])),
          percent(trial.average),
        ]),
      })}
    </div>`,
  ];
}

const verdict = (inside: boolean, tried: number): Markup => {
  if (tried === 1) return html`No other λ was tried.`;
  return inside
    ? html`It lies inside the grid: a smaller and a larger one were tried and are no better.`
    : html`<strong>It lies at the edge of the grid: the best may lie beyond.</strong>`;
};

const chart = ({ scale, trials }: Pick<ScaleSearch, "scale" | "trials">, place: number): Markup =>
  html`<figure>
    <figcaption>dev average <small>%, by λ</small></figcaption>
    ${lineChart({
      id: `merge-${place}-search`,
      title: "dev average by λ",
      x: "λ",
      chosen: scale,
      format: (value) => value.toFixed(1),
      series: [
        {
          name: "average",
          style: "rings",
          points: trials.map((trial) => ({ x: trial.scale, y: 100 * trial.average })),
        },
      ],
    })}
  </figure>`;
