import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";
import type { Run, Stage } from "../run.ts";
import { section } from "./section.ts";
import { stateWords } from "./stage-note.ts";

/** Every stage and how far it is, by kind. */
export const stagesSection = ({ stages }: Run): Markup =>
  section({
    id: "stages",
    title: "Stages",
    body: html`<div class="stages">
      ${[...Map.groupBy(stages, ({ kind }) => kind)].map(
        ([kind, some]) =>
          html`<table>
            <caption>
              ${kind}
            </caption>
            <tbody>
              ${some.map(stageRow)}
            </tbody>
          </table> `,
      )}
    </div>`,
  });

const stageRow = ({ name, state, error }: Stage): Markup =>
  html`<tr>
    <th scope="row">${name}</th>
    <td class="state ${state}">${stateWords[state]}${error !== null && html`: <code>${error}</code>`}</td>
  </tr> `;
