import { css } from "../../html/markup.ts";
import type { Markup } from "../../html/markup.ts";

/** What stands beside what. */
export const layout: Markup = css`
  .cards {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr));
    gap: 2rem 3rem;
  }
  article {
    min-width: 0;
    margin: 0 0 2rem;
  }
  .cards article {
    margin: 0;
  }
  .multiples {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 16.5rem), 1fr));
    gap: 0.9rem 1rem;
    margin: 0.8rem 0 0.4rem;
  }
  .beside {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 2.5rem;
    align-items: flex-start;
  }
  .beside figure {
    flex: 0 1 18rem;
  }
  .beside .scroll {
    flex: 0 1 auto;
    min-width: 0;
  }
  figure {
    margin: 0;
    min-width: 0;
  }
  figcaption {
    font-size: 0.84rem;
  }
  details {
    margin: 0.5rem 0;
    font-size: 0.86rem;
  }
  summary {
    cursor: pointer;
    color: var(--quiet);
  }
  .stages {
    display: flex;
    flex-wrap: wrap;
    gap: 1.2rem 3.5rem;
    align-items: flex-start;
  }
  .stages td {
    text-align: left;
    white-space: normal;
    overflow-wrap: anywhere;
  }
  .state.failed {
    color: var(--warning);
  }
  .state.waiting,
  .state.outdated {
    color: var(--quiet);
  }
  footer {
    margin-top: 3rem;
    padding-top: 0.6rem;
    border-top: 1px solid var(--rule);
  }
`;
