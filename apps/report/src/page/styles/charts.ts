import { css } from "../../html/markup.ts";
import type { Markup } from "../../html/markup.ts";

/** Lines that differ in dashes as well as in colour. */
export const charts: Markup = css`
  .interval {
    display: block;
    width: 100%;
    min-width: 4rem;
    max-width: 9rem;
    height: 0.6rem;
    margin: 0.15rem 0 0 auto;
    overflow: visible;
  }
  .interval .span {
    stroke: var(--first);
    stroke-width: 1.2;
  }
  .interval circle {
    fill: var(--first);
  }
  .interval .reference {
    stroke: var(--quiet);
    stroke-width: 0.7;
  }
  .chart,
  .histogram {
    display: block;
    width: 100%;
    max-width: 19rem;
    height: auto;
    overflow: visible;
  }
  .histogram {
    max-width: 13rem;
    margin-top: 0.3rem;
  }
  svg text {
    font-size: 10px;
    fill: var(--ink);
  }
  svg .tick {
    font-size: 9.5px;
    fill: var(--quiet);
  }
  svg .axis,
  svg .mark {
    stroke: var(--quiet);
    stroke-width: 0.8;
  }
  svg .grid {
    stroke: var(--rule);
    stroke-width: 0.6;
  }
  svg .zero {
    stroke: var(--quiet);
  }
  svg .chosen {
    stroke: var(--quiet);
    stroke-width: 0.8;
    stroke-dasharray: 2 2;
  }
  svg .line {
    fill: none;
    stroke-width: 1.4;
    stroke-linejoin: round;
  }
  svg .ring {
    stroke-width: 1.2;
    fill: var(--paper);
  }
  svg .line.first,
  svg .ring.first,
  svg .line.rings,
  svg .ring.rings {
    stroke: var(--first);
  }
  svg .line.second,
  svg .ring.second {
    stroke: var(--second);
    stroke-dasharray: 5 2;
  }
  svg .line.third,
  svg .ring.third {
    stroke: var(--third);
    stroke-dasharray: 1.5 2;
  }
  svg .line.baseline,
  svg .ring.baseline {
    stroke: var(--quiet);
    stroke-width: 1;
    stroke-dasharray: 1 2.5;
  }
  svg text.first,
  svg text.rings {
    fill: var(--first);
  }
  svg text.second {
    fill: var(--second);
  }
  svg text.third {
    fill: var(--third);
  }
  svg text.baseline {
    fill: var(--quiet);
  }
  svg .value {
    font-weight: 600;
  }
  .histogram rect {
    fill: var(--first);
    opacity: 0.75;
  }
`;
