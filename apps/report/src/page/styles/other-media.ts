import { css } from "../../html/markup.ts";
import type { Markup } from "../../html/markup.ts";

/** Small screens and paper. */
export const otherMedia: Markup = css`
  @media (max-width: 40rem) {
    body {
      padding: 1.5rem 1rem 3rem;
    }
    h1 {
      font-size: 1.8rem;
    }
    .rows > div {
      grid-template-columns: 1fr;
      gap: 0;
    }
  }
  @media print {
    :root {
      font-size: 11.5px;
      --paper: #fff;
      --ink: #000;
      --quiet: #444;
      --rule: #bbb;
      --faint: #eee;
      --first: #1d5c9c;
      --second: #a8500c;
      --third: #5f6b1c;
      --good: #2b6a3a;
      --warning: #9c2f1d;
    }
    body {
      max-width: none;
      padding: 0;
    }
    nav {
      display: none;
    }
    .scroll {
      overflow: visible;
    }
    figure,
    tr,
    .cards article {
      break-inside: avoid;
    }
    h2,
    h3 {
      break-after: avoid;
    }
    .results td {
      min-width: 0;
      padding-right: 0.5rem;
    }
  }
`;
