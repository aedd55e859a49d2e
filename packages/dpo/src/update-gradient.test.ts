import { expect, it } from "vitest";
import { losses } from "./losses/losses.ts";
import { countTokens } from "./update-gradient.ts";

it("counts the prompt once for each answer that is computed, masked tokens included", () => {
  const pair = {
    id: "a",
    prompt: [1, 2, 3],
    chosen: { ids: [4, 5], mask: [1, 0] },
    rejected: { ids: [6], mask: [1] },
  };
  expect(countTokens(pair, losses.sigmoid)).toBe(3 + 2 + 3 + 1);
  expect(countTokens(pair, losses.sft)).toBe(3 + 2);
});
