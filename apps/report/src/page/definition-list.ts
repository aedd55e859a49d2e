import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";

/**
 * Names and what is said of each; those of which there is nothing to say are left out.
 *
 * @param kind what styles know it by
 */
export const definitionList = (
  kind: "settings" | "facts" | "rows",
  entries: readonly (readonly [name: string, value: Content])[],
): Markup =>
  html`<dl class="${kind}">
    ${entries
      .filter(([, value]) => value !== undefined && value !== null && value !== false)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div> `,
      )}
  </dl>`;
