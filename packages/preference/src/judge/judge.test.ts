import { expect, it } from "vitest";
import { judgePrompt, pairVerdict, readVerdict } from "./judge.ts";

it("shows the conversation and both answers in their order", () => {
  const [system, user] = judgePrompt([{ role: "user", content: "2 + 2?" }], "four", "five");
  expect(system!.role).toBe("system");
  expect(user!.content).toMatch(/2 \+ 2\?.*four.*five/s);
});

it.each([
  ["[[A]]", "first"],
  ["It might be [[A]], but no: [[B]].", "second"],
  ["[[C]]", "neither"],
  ["A", null],
  ["", null],
])("reads %j as %s", (text, verdict) => {
  expect(readVerdict(text)).toBe(verdict);
});

it.each([
  ["[[A]]", "[[B]]", "chosen"],
  ["[[B]]", "[[A]]", "rejected"],
  ["[[A]]", "[[A]]", "neither"],
  ["[[B]]", "[[B]]", "neither"],
  ["[[B]]", "[[C]]", "neither"],
  ["[[B]]", "no verdict", "neither"],
])("%s and, turned round, %s: %s", (one, other, verdict) => {
  expect(pairVerdict(one, other)).toBe(verdict);
});
