import { html } from "../html/markup.ts";
import type { Markup } from "../html/markup.ts";

/** The page's only style sheet: system fonts, figures of one width, light and dark, paper. No hole in it, so nothing is escaped. */
export const styles: Markup = html`
  :root { color-scheme: light dark; --paper: #fdfdfb; --ink: #1c1c1a; --quiet: #63635d; --rule: #dddcd4; --faint:
  #efeee8; --first: #1d5c9c; --second: #a8500c; --third: #5f6b1c; --good: #2b6a3a; --warning: #9c2f1d; } @media
  (prefers-color-scheme: dark) { :root { --paper: #16181a; --ink: #e6e5e0; --quiet: #a3a29b; --rule: #3a3c3f; --faint:
  #24272a; --first: #85b8ef; --second: #eda35f; --third: #bcc76b; --good: #7fc492; --warning: #f0917d; } } * {
  box-sizing: border-box; } body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 76rem; background:
  var(--paper); color: var(--ink); font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
  font-variant-numeric: tabular-nums lining-nums; overflow-wrap: break-word; } h1 { margin: 0; font-size: 2.25rem;
  font-weight: 300; line-height: 1.15; letter-spacing: -0.015em; } h2 { margin: 3.25rem 0 1rem; padding-top: 0.6rem;
  border-top: 1px solid var(--ink); font-size: 1.25rem; font-weight: 600; } h3 { margin: 0; font-size: 1rem;
  font-weight: 600; } p { margin: 0.4rem 0; max-width: 46rem; } small { font-size: 0.78rem; color: var(--quiet);
  font-weight: 400; } code { font: 0.86em ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; } a { color:
  var(--first); text-underline-offset: 0.15em; } a:focus-visible, summary:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--first); outline-offset: 2px; } .kind, .about, .note, .source, .legend, footer { color:
  var(--quiet); } .kind { margin: 0 0 0.2rem; font-size: 0.82rem; } .about { margin: 0 0 0.4rem; font-size: 0.86rem; }
  .legend, .source, footer { font-size: 0.82rem; } .headline { font-size: 1.05rem; margin-bottom: 1.1rem; } .unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; } nav ul {
  display: flex; flex-wrap: wrap; gap: 0.2rem 1.3rem; margin: 1.4rem 0 0; padding: 0; list-style: none; font-size:
  0.9rem; } dl { margin: 0.6rem 0; } dt { color: var(--quiet); } dd { margin: 0; } .facts, .settings { display: flex;
  flex-wrap: wrap; gap: 0.1rem 1.5rem; font-size: 0.86rem; } .facts > div, .settings > div { display: flex; gap:
  0.45rem; min-width: 0; } .settings { gap: 0.05rem 1.1rem; font-size: 0.8rem; } .settings dd, .settings dt {
  font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; font-size: 0.95em; } .facts dd, .settings dd {
  min-width: 0; overflow-wrap: anywhere; } .rows { font-size: 0.86rem; max-width: 52rem; } .rows > div { display: grid;
  grid-template-columns: 7rem minmax(0, 1fr); gap: 0.8rem; padding: 0.15rem 0; } .progress { font-size: 0.9rem; }
  .unfinished { padding: 0.55rem 0.8rem; border-left: 3px solid var(--warning); background: var(--faint); max-width:
  none; } .note.failed { color: var(--warning); } .verdicts { margin: 0.4rem 0 0.7rem; padding: 0; list-style: none;
  font-size: 0.9rem; max-width: 46rem; } .verdicts li { padding-left: 1.1rem; text-indent: -1.1rem; } .verdicts .sign {
  display: inline-block; width: 1.1rem; text-indent: 0; font-weight: 700; text-align: center; } .verdicts .level {
  color: var(--quiet); } .verdicts .good .sign, .verdicts .good .level { color: var(--good); } .verdicts .warning .sign,
  .verdicts .warning .level { color: var(--warning); } .scroll { position: relative; overflow-x: auto; margin: 0.7rem 0;
  } table { border-collapse: collapse; font-size: 0.86rem; } caption { text-align: left; padding-bottom: 0.3rem; color:
  var(--quiet); font-size: 0.82rem; caption-side: top; } th { font-weight: 400; text-align: left; vertical-align:
  baseline; } thead th { color: var(--quiet); font-size: 0.8rem; border-bottom: 1px solid var(--rule); vertical-align:
  bottom; } thead th small { display: block; } th, td { padding: 0.16rem 1.3rem 0.16rem 0; } td { text-align: right;
  white-space: nowrap; } thead th + th, thead td + th { text-align: right; } th[scope="colgroup"] { border-bottom: 0;
  text-align: center !important; } th[scope="row"] { padding-right: 1.5rem; } .results { width: 100%; } .results td {
  padding: 0.32rem 1.1rem 0.2rem 0; vertical-align: top; min-width: 6.4rem; } .results th[scope="row"] { padding-top:
  0.32rem; vertical-align: top; } .results td small { display: block; line-height: 1.25; } .results td .number + small {
  display: inline; } .results .kind th { padding: 0.75rem 0 0.1rem; color: var(--quiet); font-size: 0.8rem;
  border-bottom: 1px solid var(--faint); } .results .none { color: var(--quiet); } .number { font-size: 0.95rem; } .best
  .number, .ahead .number { font-weight: 700; } .rank { padding: 0 0.28em; border: 1px solid currentColor;
  border-radius: 0.25em; font-size: 0.68rem; line-height: 1.3; color: var(--quiet); } .best .rank { color: var(--good);
  font-weight: 600; } .direction { font-size: 0.62em; color: var(--quiet); margin-left: 0.2em; vertical-align: 0.15em; }
  .interval { display: block; width: 100%; min-width: 4rem; max-width: 9rem; height: 0.6rem; margin: 0.15rem 0 0 auto;
  overflow: visible; } .interval .span { stroke: var(--first); stroke-width: 1.2; } .interval circle { fill:
  var(--first); } .interval .reference { stroke: var(--quiet); stroke-width: 0.7; } .cards { display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 2rem 3rem; } article { min-width: 0;
  margin: 0 0 2rem; } .cards article { margin: 0; } .multiples { display: grid; grid-template-columns: repeat(auto-fill,
  minmax(min(100%, 16.5rem), 1fr)); gap: 0.9rem 1rem; margin: 0.8rem 0 0.4rem; } .beside { display: flex; flex-wrap:
  wrap; gap: 0.5rem 2.5rem; align-items: flex-start; } .beside figure { flex: 0 1 18rem; } .beside .scroll { flex: 0 1
  auto; min-width: 0; } figure { margin: 0; min-width: 0; } figcaption { font-size: 0.84rem; } .chart, .histogram {
  display: block; width: 100%; max-width: 19rem; height: auto; overflow: visible; } .histogram { max-width: 13rem;
  margin-top: 0.3rem; } svg text { font-size: 10px; fill: var(--ink); } svg .tick { font-size: 9.5px; fill:
  var(--quiet); } svg .axis, svg .mark { stroke: var(--quiet); stroke-width: 0.8; } svg .grid { stroke: var(--rule);
  stroke-width: 0.6; } svg .zero { stroke: var(--quiet); } svg .chosen { stroke: var(--quiet); stroke-width: 0.8;
  stroke-dasharray: 2 2; } svg .line { fill: none; stroke-width: 1.4; stroke-linejoin: round; } svg .ring {
  stroke-width: 1.2; fill: var(--paper); } svg .line.first, svg .ring.first, svg .line.rings, svg .ring.rings { stroke:
  var(--first); } svg .line.second, svg .ring.second { stroke: var(--second); stroke-dasharray: 5 2; } svg .line.third,
  svg .ring.third { stroke: var(--third); stroke-dasharray: 1.5 2; } svg .line.baseline, svg .ring.baseline { stroke:
  var(--quiet); stroke-width: 1; stroke-dasharray: 1 2.5; } svg text.first, svg text.rings { fill: var(--first); } svg
  text.second { fill: var(--second); } svg text.third { fill: var(--third); } svg text.baseline { fill: var(--quiet); }
  svg .value { font-weight: 600; } .histogram rect { fill: var(--first); opacity: 0.75; } details { margin: 0.5rem 0;
  font-size: 0.86rem; } summary { cursor: pointer; color: var(--quiet); } .stages { display: flex; flex-wrap: wrap; gap:
  1.2rem 3.5rem; } .stages td { text-align: left; white-space: normal; overflow-wrap: anywhere; } .state.failed { color:
  var(--warning); } .state.waiting, .state.outdated { color: var(--quiet); } footer { margin-top: 3rem; padding-top:
  0.6rem; border-top: 1px solid var(--rule); } @media (max-width: 40rem) { body { padding: 1.5rem 1rem 3rem; } h1 {
  font-size: 1.8rem; } .rows > div { grid-template-columns: 1fr; gap: 0; } } @media print { :root { --paper: #fff;
  --ink: #000; --quiet: #444; --rule: #bbb; --faint: #eee; --first: #1d5c9c; --second: #a8500c; --third: #5f6b1c;
  --good: #2b6a3a; --warning: #9c2f1d; } body { max-width: none; padding: 0; font-size: 9pt; } nav { display: none; }
  .scroll { overflow: visible; } figure, tr, .cards article { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .results td { min-width: 0; padding-right: 0.5rem; } }
`;
