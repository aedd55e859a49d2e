import { css } from "../../html/markup.ts";
import type { Markup } from "../../html/markup.ts";

/** Colours of ink on paper, by light and by dark; each of the lines has the contrast of text. */
export const palette: Markup = css`
  :root {
    color-scheme: light dark;
    --paper: #fdfdfb;
    --ink: #1c1c1a;
    --quiet: #63635d;
    --rule: #dddcd4;
    --faint: #efeee8;
    --first: #1d5c9c;
    --second: #a8500c;
    --third: #5f6b1c;
    --good: #2b6a3a;
    --warning: #9c2f1d;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #16181a;
      --ink: #e6e5e0;
      --quiet: #a3a29b;
      --rule: #3a3c3f;
      --faint: #24272a;
      --first: #85b8ef;
      --second: #eda35f;
      --third: #bcc76b;
      --good: #7fc492;
      --warning: #f0917d;
    }
  }
`;
