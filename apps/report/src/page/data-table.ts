import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";

export interface DataTable {
  /** What the table is of; read before it is entered. */
  readonly caption: string;
  readonly head: readonly Content[];
  /** The first cell names the row. */
  readonly rows: readonly (readonly Content[])[];
  /** Above columns that belong together: what they share, and how many they are, from the first column on. */
  readonly groups?: readonly (readonly [name: Content, columns: number])[];
}

/** A table that can be scrolled sideways by itself, so that the page never has to be. Columns but the first are numbers. */
export function dataTable({ caption, head, rows, groups }: DataTable): Markup {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        ${
          groups !== undefined &&
          html` <tr>
            ${groups.map(([name, columns]) => (columns === 1 ? html`<td></td>` : html`<th scope="colgroup" colspan="${columns}">${name}</th>`))}
          </tr>`
        }
        <tr>
          ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...cells]) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
