import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";

export interface Section {
  /** Of the heading's anchor. */
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

export const section = ({ id, title, body }: Section): Markup =>
  html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section> `;

/** One of several of a kind within a section. */
export const article = ({ id, title, body }: Section): Markup =>
  html`<article id="${id}" aria-labelledby="${id}-title">
    <h3 id="${id}-title">${title}</h3>
    ${body}
  </article> `;
