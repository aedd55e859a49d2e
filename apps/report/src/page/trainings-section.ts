import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { lineChart } from "../chart/line-chart.ts";
import { counted, threeDigits } from "../format-number.ts";
import type { ReportedRecipe } from "../read/manifest-schema.ts";
import type { LogRow, ReportedTraining } from "../read/training-schema.ts";
import type { ReportedStage, Run, TrainingFiles } from "../run.ts";
import { curvesOf } from "./training-curves.ts";
import { dataTable } from "./data-table.ts";
import { article, section } from "./section.ts";
import { settingsList } from "./settings-list.ts";
import { missingFile, stageNote } from "./stage-note.ts";
import { verdictList } from "./verdict-list.ts";

/** How each delta and each control learned. */
export const trainingsSection = ({ trainings, recipe }: Run): Markup =>
  section({
    id: "trainings",
    title: "Trainings",
    body: [settingsList(recipe.train), trainings.map((training, i) => trainingArticle(training, { place: i, recipe }))],
  });

function trainingArticle(
  { stage, files }: ReportedStage<TrainingFiles>,
  { place, recipe }: { readonly place: number; readonly recipe: ReportedRecipe },
): Markup {
  const control = recipe.controls[stage.name];
  const own = recipe.pairs[stage.name]?.train ?? control?.train ?? {};
  const body: Content =
    files === null
      ? stageNote(stage)
      : [
          files.training === undefined ? missingFile(`${stage.id}/training.json`) : describeTraining(files.training),
          files.log === undefined ? missingFile(`${stage.id}/trainer_log.jsonl`) : curves(files.log, place),
        ];
  return article({
    id: `training-${place}`,
    title: stage.name,
    body: [
      html`<p class="about">
        ${control === undefined ? "delta of its pair" : `control, of ${control.pairs === "all" ? "all pairs" : [control.pairs].flat().join(", ")}`}
      </p>`,
      settingsList(own),
      body,
    ],
  });
}

function describeTraining({ steps, counts, evaluation, verdicts }: ReportedTraining): Content {
  const { kept, given, tooLong, empty, cut } = counts;
  const losses = Object.entries({ "too long": tooLong, empty, "cut to length": cut }).filter(([, count]) => count > 0);
  const lost =
    losses.length === 0 ? "none left out or cut" : losses.map(([what, count]) => `${count} ${what}`).join(", ");
  return [
    html`<p>
      <strong>${counted(steps, "step")}</strong> on ${kept} of ${counted(given, "pair")},
      ${lost}.${
        evaluation !== null &&
        ` Evaluated on ${counted(evaluation.counts.kept, "pair")}: best ${threeDigits(evaluation.best.value)} after step ${evaluation.best.step}.`
      }
    </p>`,
    verdicts.length === 0
      ? html`<p class="note">The curves break none of the rules that are looked for.</p>`
      : verdictList(verdicts.map(({ message }) => ({ level: "warning", text: message }))),
  ];
}

function curves(log: readonly LogRow[], place: number): Content {
  const charts = curvesOf(log);
  if (charts.length === 0) return html`<p class="note">The log has no steps.</p>`;
  return [
    html`<div class="multiples">
      ${charts.map(
        ({ title, series, within, unit }, i) =>
          html`<figure>
            <figcaption>${title}${unit !== undefined && html` <small>${unit}</small>`}</figcaption>
            ${lineChart({ id: `training-${place}-${i}`, title, x: "step", series, ...(within === undefined ? {} : { within }) })}
          </figure> `,
      )}
    </div>`,
    html`<details>
      <summary>Values</summary>
      ${valuesTable(log)}
    </details>`,
  ];
}

/** Rows that the table of values has, at most. */
const SHOWN = 12;

/** Some steps of the log in numbers: evenly spread, the first and the last among them. */
function valuesTable(log: readonly LogRow[]): Markup {
  const steps = log.filter((row) => row["loss"] !== undefined);
  const stride = Math.max(1, Math.ceil((steps.length - 1) / (SHOWN - 1)));
  const shown = steps.filter((_, i) => i % stride === 0 || i === steps.length - 1);
  const metrics = [
    "loss",
    "rewards/margins",
    "rewards/accuracies",
    "logps/chosen",
    "logps/rejected",
    "grad_norm",
    "learning_rate",
  ];
  const held = metrics.filter((metric) => steps.some((row) => row[metric] !== undefined));
  return dataTable({
    caption: `${shown.length} of ${counted(steps.length, "logged step")}`,
    head: ["step", ...held],
    rows: shown.map((row) => [row.step, ...held.map((metric) => threeDigits(row[metric]))]),
  });
}
