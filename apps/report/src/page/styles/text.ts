import { css } from "../../html/markup.ts";
import type { Markup } from "../../html/markup.ts";

/** Headings, paragraphs, lists: one system font, figures of one width. */
export const text: Markup = css`
  * {
    box-sizing: border-box;
  }
  body {
    margin: 0 auto;
    padding: 2.5rem 1.5rem 4rem;
    max-width: 76rem;
    background: var(--paper);
    color: var(--ink);
    font:
      0.9375rem/1.5 system-ui,
      -apple-system,
      "Segoe UI",
      sans-serif;
    font-variant-numeric: tabular-nums lining-nums;
    overflow-wrap: break-word;
  }
  h1 {
    margin: 0;
    font-size: 2.25rem;
    font-weight: 300;
    line-height: 1.15;
    letter-spacing: -0.015em;
  }
  h2 {
    margin: 3.25rem 0 1rem;
    padding-top: 0.6rem;
    border-top: 1px solid var(--ink);
    font-size: 1.25rem;
    font-weight: 600;
  }
  h3 {
    margin: 0;
    font-size: 1rem;
    font-weight: 600;
  }
  p {
    margin: 0.4rem 0;
    max-width: 46rem;
  }
  small {
    font-size: 0.78rem;
    color: var(--quiet);
    font-weight: 400;
  }
  code {
    font:
      0.86em ui-monospace,
      "Cascadia Mono",
      Menlo,
      Consolas,
      monospace;
  }
  a {
    color: var(--first);
    text-underline-offset: 0.15em;
  }
  a:focus-visible,
  summary:focus-visible,
  .scroll:focus-visible {
    outline: 2px solid var(--first);
    outline-offset: 2px;
  }
  .kind,
  .about,
  .note,
  .source,
  .legend,
  footer {
    color: var(--quiet);
  }
  .kind {
    margin: 0 0 0.2rem;
    font-size: 0.82rem;
  }
  .about {
    margin: 0 0 0.4rem;
    font-size: 0.86rem;
  }
  .legend,
  .source,
  footer {
    font-size: 0.82rem;
  }
  .headline {
    font-size: 1.05rem;
    margin-bottom: 1.1rem;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  nav ul {
    display: flex;
    flex-wrap: wrap;
    gap: 0.2rem 1.3rem;
    margin: 1.4rem 0 0;
    padding: 0;
    list-style: none;
    font-size: 0.9rem;
  }
  dl {
    margin: 0.6rem 0;
  }
  dt {
    color: var(--quiet);
  }
  dd {
    margin: 0;
  }
  .facts,
  .settings {
    display: flex;
    flex-wrap: wrap;
    gap: 0.1rem 1.5rem;
    font-size: 0.86rem;
  }
  .facts > div,
  .settings > div {
    display: flex;
    gap: 0.45rem;
    min-width: 0;
  }
  .settings {
    gap: 0.05rem 1.1rem;
    font-size: 0.8rem;
  }
  .settings dd,
  .settings dt {
    font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace;
    font-size: 0.95em;
  }
  .facts dd,
  .settings dd {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .rows {
    font-size: 0.86rem;
    max-width: 52rem;
  }
  .rows > div {
    display: grid;
    grid-template-columns: 7rem minmax(0, 1fr);
    gap: 0.8rem;
    padding: 0.15rem 0;
  }
  .progress {
    font-size: 0.9rem;
  }
  .unfinished {
    padding: 0.55rem 0.8rem;
    border-left: 3px solid var(--warning);
    background: var(--faint);
    max-width: none;
  }
  .note.failed {
    color: var(--warning);
  }
  .verdicts {
    margin: 0.4rem 0 0.7rem;
    padding: 0;
    list-style: none;
    font-size: 0.9rem;
    max-width: 46rem;
  }
  .verdicts li {
    padding-left: 1.1rem;
    text-indent: -1.1rem;
  }
  .verdicts .sign {
    display: inline-block;
    width: 1.1rem;
    text-indent: 0;
    font-weight: 700;
    text-align: center;
  }
  .verdicts .level {
    color: var(--quiet);
  }
  .verdicts .good .sign,
  .verdicts .good .level {
    color: var(--good);
  }
  .verdicts .warning .sign,
  .verdicts .warning .level {
    color: var(--warning);
  }
`;
