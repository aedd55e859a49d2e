import { html } from "./html/markup.ts";
import type { Markup } from "./html/markup.ts";
import { ablationsSection } from "./page/ablations-section.ts";
import { header } from "./page/header.ts";
import { mergesSection } from "./page/merges-section.ts";
import { pairsSection } from "./page/pairs-section.ts";
import { resultsSection } from "./page/results-section.ts";
import { stagesSection } from "./page/stages-section.ts";
import { standingSection } from "./page/standing-section.ts";
import { styles } from "./page/styles/styles.ts";
import { trainingsSection } from "./page/trainings-section.ts";
import type { Run } from "./run.ts";

/**
 * The page of a run: one HTML document that needs nothing else, neither network nor script. The same run gives the same text.
 *
 * @returns the text of `report.html`
 */
export function renderReport(run: Run): string {
  const sections: readonly (readonly [id: string, title: string, body: Markup | null])[] = [
    ["results", "Results", resultsSection(run)],
    ["ablations", "Ablations", ablationsSection(run)],
    ["pairs", "Pairs", pairsSection(run)],
    ["trainings", "Trainings", trainingsSection(run)],
    ["deltas", "Deltas", standingSection(run)],
    ["merges", "Merges", mergesSection(run)],
    ["stages", "Stages", stagesSection(run)],
  ];
  const shown = sections.filter(([, , body]) => body !== null);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${run.recipe.name}: run report</title>
        <style>
          ${styles}
        </style>
      </head>
      <body>
        ${header(run)}
        <nav aria-label="Sections">
          <ul>
            ${shown.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
          </ul>
        </nav>
        <main>${shown.map(([, , body]) => body)}</main>
        <footer><p>Every number is from a file of the run folder; nothing was computed for this page.</p></footer>
      </body>
    </html> `;
  return String(page);
}
