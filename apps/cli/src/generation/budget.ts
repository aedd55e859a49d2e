import type { CollectCounts } from "@prefdelta/preference/node";

/** In any currency, for a million tokens. */
export interface Price {
  readonly prompt: number;
  readonly completion: number;
}

export interface BudgetLimits {
  /** Prompts and completions together. */
  readonly maxTokens?: number | undefined;
  readonly maxCost?: number | undefined;
}

type Tokens = CollectCounts["tokens"];

/** What all that one command asks for may cost together. */
export interface Budget {
  /**
   * An account for one collection: it is told what the collection has spent so far, and says whether the budget is spent. A model without a price
   * costs nothing.
   */
  open(price?: Price): (tokens: Tokens) => boolean;
  /** Spent by all accounts. */
  readonly tokens: number;
  readonly cost: number;
}

/** Counts from zero: what earlier commands spent is not known. */
export function createBudget({ maxTokens = Infinity, maxCost = Infinity }: BudgetLimits): Budget {
  const accounts: { readonly price: Price; readonly spent: { prompt: number; completion: number } }[] = [];
  const sum = (value: (account: (typeof accounts)[number]) => number): number =>
    accounts.reduce((total, account) => total + value(account), 0);
  const tokens = () => sum(({ spent }) => spent.prompt + spent.completion);
  const cost = () =>
    sum(({ price, spent }) => (spent.prompt * price.prompt + spent.completion * price.completion) / 1e6);
  return {
    open(price = { prompt: 0, completion: 0 }) {
      const spent = { prompt: 0, completion: 0 };
      accounts.push({ price, spent });
      return (now) => {
        Object.assign(spent, now);
        return tokens() >= maxTokens || cost() >= maxCost;
      };
    },
    get tokens() {
      return tokens();
    },
    get cost() {
      return cost();
    },
  };
}
