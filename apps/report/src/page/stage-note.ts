import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import type { Stage, StageState } from "../run.ts";

/** A state in a word, with a sign before it. */
export const stateWords = {
  done: "✓ done",
  failed: "✗ failed",
  stopped: "… stopped",
  outdated: "↻ outdated",
  waiting: "○ not run",
} as const satisfies Record<StageState, string>;

const sentences = {
  done: "Done, but the files that this section reads are not in its folder.",
  failed: "Failed when it was last tried:",
  stopped: "Begun and not finished; the same command goes on from there.",
  outdated:
    "Done before, with other inputs than the recipe's now; what it left is not shown. The next run does it again.",
  waiting: "Not run yet.",
} as const satisfies Record<StageState, string>;

/** What a section says in the place of results that are not there. */
export const stageNote = ({ state, error }: Stage): Markup =>
  html`<p class="note ${state}">${sentences[state]}${error !== null && html` <code>${error}</code>`}</p>`;

/** Where a stage is done and one of its files is not in its folder. */
export const missingFile = (file: string): Markup =>
  html`<p class="note"><code>${file}</code> is not in the run folder.</p>`;
