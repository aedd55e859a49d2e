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

it("knows a call that was taken out of the text: the next reply would have it, too", () => {
  const call = { id: "1", type: "function", function: { name: "search", arguments: "{}" } };
  const called = { ...choice, message: { content: null, tool_calls: [call] }, finish_reason: "tool_calls" };
  const expected = { problem: expect.stringContaining("tool_choice: none") as string, lasting: true };
  expect(parseCompletions(reply([called]), 1)).toEqual(expected);
  const stream =
    event(piece(0, { tool_calls: [{ index: 0, ...call }] })) + event(piece(0, {}, "tool_calls")) + event("[DONE]");
  expect(parseCompletions(stream, 1)).toEqual(expected);
  expect(parseCompletions(reply([{ ...choice, message: { content: "x", tool_calls: [] } }]), 1)).toHaveProperty(
    "completions",
  );
});

const event = (data: unknown, id?: number) =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const piece = (index: number, delta: object, finish_reason: string | null = null) => ({
  choices: [{ index, delta, finish_reason }],
});
const usage = { choices: [], usage: { prompt_tokens: 2, completion_tokens: 4 } };

it("puts a stream together: choices in turn, reasoning apart, usage last", () => {
  const stream = [
    ": a comment\n\n",
    event(piece(1, { role: "assistant", content: "b" })),
    event(piece(0, { reasoning_content: "h" })),
    event(piece(0, { reasoning: "m" })),
    event(piece(0, { content: "a" })),
    event(piece(1, { content: "b" }, "stop")),
    event(piece(0, { content: "c" })),
    event(piece(0, {}, "length")),
    event(usage),
    event("[DONE]"),
    event(piece(0, { content: "again" })),
  ];
  const counted = { usage: { prompt: 2, completion: 4 } };
  const expected = {
    completions: [
      { text: "ac", reasoning: "hm", finish: "length", ...counted },
      { text: "bb", finish: "stop", ...counted },
    ],
  };
  expect(parseCompletions(stream.join(""), 2)).toEqual(expected);
  expect(parseCompletions(stream.join("").replaceAll("\n", "\r\n"), 2)).toEqual(expected);
  const plain = [event({ choices: [{ text: "x" }] }), event({ choices: [{ text: "y", finish_reason: "stop" }] })];
  expect(parseCompletions([...plain, event("[DONE]")].join(""), 1)).toEqual({
    completions: [{ text: "xy", finish: "stop" }],
  });
});

it("drops an event that came twice where ids tell", () => {
  const [a, end] = [event(piece(0, { content: "a" }), 1), event(piece(0, {}, "stop"), 2)];
  expect(parseCompletions([a, a, end, end, event("[DONE]")].join(""), 1)).toEqual({
    completions: [{ text: "a", finish: "stop" }],
  });
});

it.each([
  ["a stream that was cut off", [event(piece(0, { content: "a" }, "stop"))], "ends with [DONE]"],
  ["a piece that was cut off", [event('{"choices":[{"ind')], "expected JSON"],
  ["an error", [event({ error: "out of memory" }), event("[DONE]")], "expected a piece of a completion"],
  ["no end", [event(piece(0, { content: "a" })), event("[DONE]")], "expected a text and a finish_reason"],
  [
    "text after the end",
    [event(piece(0, {}, "stop")), event(piece(0, { content: "a" })), event("[DONE]")],
    "after the end",
  ],
  ["another number of choices", [event(piece(1, {}, "stop")), event("[DONE]")], "expected indices"],
])("takes %s for no answer", (_, stream, problem) => {
  expect(parseCompletions(stream.join(""), 1)).toEqual({ problem: expect.stringContaining(problem) as string });
});
