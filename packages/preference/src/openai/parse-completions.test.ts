import { expect, it } from "vitest";
import { parseCompletions } from "./parse-completions.ts";

const choice = { index: 0, message: { content: "x" }, finish_reason: "stop" };
const reply = (choices: unknown[], rest: object = {}) => JSON.stringify({ choices, ...rest });

it("reads chat and completion choices; no content is an empty answer, reasoning stands apart", () => {
  expect(parseCompletions(reply([choice]), 1)).toEqual({ completions: [{ text: "x", finish: "stop" }] });
  expect(parseCompletions(reply([{ text: "y", finish_reason: "length" }], { usage: null }), 1)).toEqual({
    completions: [{ text: "y", finish: "length" }],
  });
  const thinking = { ...choice, message: { content: null, reasoning: "hm" }, finish_reason: "length" };
  expect(parseCompletions(reply([thinking]), 1)).toEqual({
    completions: [{ text: "", reasoning: "hm", finish: "length" }],
  });
});

it.each([
  ["", 1, 'expected JSON, got ""'],
  ['{"error":"x"}', 1, 'expected completions, got {"error":"x"}'],
  [reply([]), 1, "expected completions"],
  [reply([choice]), 2, "expected 2 completions, got 1"],
  [reply([choice, choice]), 2, "expected indices 0 to 1, got 0, 0"],
  [reply([{ finish_reason: "stop" }]), 1, "expected a text and a finish_reason"],
  [reply([{ ...choice, finish_reason: null }]), 1, "expected a text and a finish_reason"],
])("takes %j for no answer", (text, n, problem) => {
  expect(parseCompletions(text, n)).toEqual({ problem: expect.stringContaining(problem) as string });
});
