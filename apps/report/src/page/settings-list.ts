import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

/** Settings in a line, each a name and its value as the file has it. */
export const settingsList = (settings: Readonly<Record<string, unknown>>): Markup | undefined => {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return undefined;
  return html`<dl class="settings">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${show(value)}</dd>
        </div> `,
    )}
  </dl>`;
};

const show = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
