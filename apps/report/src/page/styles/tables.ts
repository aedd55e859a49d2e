import { css } from "../../html/markup.ts";
import type { Markup } from "../../html/markup.ts";

/** Tables that keep to thin rules. */
export const tables: Markup = css`
  .scroll {
    position: relative;
    overflow-x: auto;
    margin: 0.7rem 0;
  }
  table {
    border-collapse: collapse;
    font-size: 0.86rem;
  }
  caption {
    text-align: left;
    padding-bottom: 0.3rem;
    color: var(--quiet);
    font-size: 0.82rem;
    caption-side: top;
  }
  th {
    font-weight: 400;
    text-align: left;
    vertical-align: baseline;
  }
  thead th {
    color: var(--quiet);
    font-size: 0.8rem;
    border-bottom: 1px solid var(--rule);
    vertical-align: bottom;
  }
  thead th small {
    display: block;
  }
  th,
  td {
    padding: 0.16rem 1.3rem 0.16rem 0;
  }
  td {
    text-align: right;
    vertical-align: baseline;
    white-space: nowrap;
  }
  thead th + th,
  thead td + th {
    text-align: right;
  }
  thead th[scope="colgroup"] {
    border-bottom: 0;
    text-align: center;
  }
  th[scope="row"] {
    padding-right: 1.5rem;
  }
  .results {
    width: 100%;
  }
  .results td {
    padding: 0.32rem 1.1rem 0.2rem 0;
    vertical-align: top;
    min-width: 6.4rem;
  }
  .results th[scope="row"] {
    padding-top: 0.32rem;
    vertical-align: top;
  }
  .results .ends {
    display: block;
    line-height: 1.25;
  }
  .results .kind th {
    padding: 0.75rem 0 0.1rem;
    color: var(--quiet);
    font-size: 0.8rem;
    border-bottom: 1px solid var(--faint);
  }
  .results .none {
    color: var(--quiet);
  }
  .number {
    font-size: 0.95rem;
  }
  .best .number,
  .ahead .number {
    font-weight: 700;
  }
  .rank {
    padding: 0 0.28em;
    border: 1px solid currentColor;
    border-radius: 0.25em;
    font-size: 0.68rem;
    line-height: 1.3;
    color: var(--quiet);
  }
  .best .rank {
    color: var(--good);
    font-weight: 600;
  }
  .direction {
    font-size: 0.62em;
    color: var(--quiet);
    margin-left: 0.2em;
    vertical-align: 0.15em;
  }
`;
