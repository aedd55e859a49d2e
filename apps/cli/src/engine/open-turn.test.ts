import { expect, test } from "vitest";

import { begunTurn, withStopText } from "./open-turn.ts";

test.each([
  ["I look. <search>dogs", "I look. <search>dogs</search>", true],
  ["It is <answer>4", "It is <answer>4</answer>", true],
  ["<search>a</search> told <search>b", "<search>a</search> told <search>b</search>", true],
  ["<search>a</search>\n", "<search>a</search>\n", true],
  ["<search>a</search> and on", "<search>a</search> and on", false],
  ["no tag", "no tag", false],
])("%j was written as %j, stopped: %s", (text, whole, stopped) => {
  expect(withStopText(text, ["</search>", "</answer>"])).toEqual({ text: whole, stopped });
});

test("what is not asked for stops nothing", () => {
  expect(withStopText("<search>dogs", [])).toEqual({ text: "<search>dogs", stopped: false });
});

test("a turn is one message, whoever wrote its parts", () => {
  const segments = [
    { text: "a", source: "model" },
    { text: "b", source: "environment" },
  ] as const;
  expect([begunTurn([]), begunTurn(segments)]).toEqual([[], [{ role: "assistant", content: "ab" }]]);
});
