import { expect, test } from "vitest";

import { createBudget } from "./budget.ts";

test("accounts are charged together, each at its own price", () => {
  const budget = createBudget({ maxTokens: 100, maxCost: 1 });
  const dear = budget.open({ prompt: 1000, completion: 10_000 });
  const free = budget.open();
  expect(free({ prompt: 10, completion: 20 })).toBe(false);
  expect(dear({ prompt: 10, completion: 20 })).toBe(false);
  expect(budget).toMatchObject({ tokens: 60, cost: 0.21 });
  // Totals so far, not what is new.
  expect(free({ prompt: 10, completion: 59 })).toBe(false);
  expect(free({ prompt: 10, completion: 60 })).toBe(true);
  expect(budget.tokens).toBe(100);
});

test("a cost ends it as tokens do, and nothing ends what has no limit", () => {
  const budget = createBudget({ maxCost: 0.5 });
  const account = budget.open({ prompt: 1, completion: 1 });
  expect(account({ prompt: 499_999, completion: 0 })).toBe(false);
  expect(account({ prompt: 499_999, completion: 1 })).toBe(true);
  expect(createBudget({}).open({ prompt: 1, completion: 1 })({ prompt: 1e12, completion: 1e12 })).toBe(false);
});
