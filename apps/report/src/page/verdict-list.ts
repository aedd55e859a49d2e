import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

interface Verdict {
  readonly level: "good" | "note" | "warning";
  readonly text: string;
}

const signs = { good: "✓", note: "·", warning: "!" } as const satisfies Record<Verdict["level"], string>;

/** What stands out, a line each; signs and words say what colours say. */
export const verdictList = (verdicts: readonly Verdict[]): Markup =>
  html`<ul class="verdicts">
    ${verdicts.map(
      ({ level, text }) =>
        html` <li class="${level}">
          <span class="sign" aria-hidden="true">${signs[level]}</span> <span class="level">${level}:</span> ${text}
        </li>`,
    )}
  </ul>`;
