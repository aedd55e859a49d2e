import type { Item } from "@prefdelta/preference";
import { expect, test } from "vitest";

import { verifyAnswer, type Verifier } from "./verify-answer.ts";

const item = (...answers: string[]): Item => ({ id: "a", prompt: [{ role: "user", content: "?" }], answers });

test.each<[Verifier, string, string, boolean]>([
  ["tag", "<answer>3</answer> no: <answer> New  York </answer>", "new york", true],
  ["tag", "Paris", "Paris", false],
  ["boxed", String.raw`So \boxed{1}, or rather \boxed{\frac{1}{2}}.`, String.raw`\frac{1}{2}`, true],
  ["boxed", String.raw`\boxed{\frac{1}{2}`, String.raw`\frac{1}{2}`, false],
  ["boxed", "1/2", "1/2", false],
  ["number", "5 boxes of 12 make 1,234.50 in all.", "1234.5", true],
  ["number", "minus: -3", "3", false],
  ["number", "none", "3", false],
  ["text", " Paris\n", "paris", true],
  ["text", "It is Paris", "paris", false],
])("%s: %j against %j is %s", (...[verifier, text, answer, correct]) => {
  expect(verifyAnswer(verifier)(item("something else", answer), text)).toBe(correct);
});

test("a prompt without an answer judges nothing", () => {
  const { answers: _, ...open } = item();
  expect(verifyAnswer("text")(open, "Paris")).toBeNull();
  expect(verifyAnswer("text")(item(), "Paris")).toBeNull();
});
