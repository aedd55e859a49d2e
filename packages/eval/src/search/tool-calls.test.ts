import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseReply, parseToolCall, writeToolCalls } from "./tool-calls.ts";

it("reads calls where they stand, and leaves what was said beside them", () => {
  const text =
    'I look.\n<tool_call>\n{"name": "search", "arguments": {"query": "a</b>"}}\n</tool_call>\n<tool_call>{"name":"other"}</tool_call>';
  expect(parseReply(text)).toEqual({
    content: "I look.",
    calls: [
      { name: "search", arguments: { query: "a</b>" } },
      { name: "other", arguments: {} },
    ],
    unreadable: 0,
  });
});

it("takes arguments that are written as JSON in a string", () => {
  expect(parseToolCall('{"name": "f", "arguments": "{\\"a\\": 1}"}')).toEqual({ name: "f", arguments: { a: 1 } });
});

it.each([
  "",
  "[]",
  "null",
  '{"arguments": {}}',
  '{"name": 1}',
  '{"name": "f", "arguments": [1]}',
  '{"name": "f", "arguments": "x"}',
])("reads no call in %j", (json) => expect(parseToolCall(json)).toBeUndefined());

it("keeps a reply whole that has no call, or one that cannot be read", () => {
  expect(parseReply(" plain \n")).toEqual({ content: " plain \n", calls: [], unreadable: 0 });
  const broken = '<tool_call>{"name": "f"}</tool_call> and <tool_call>{"name"';
  expect(parseReply(broken)).toEqual({ content: broken, calls: [], unreadable: 1 });
});

it("takes no thought for a call", () => {
  const thought = '<think>maybe <tool_call>{"name": "f"}</tool_call></think>';
  expect(parseReply(`${thought}no`)).toEqual({ content: `${thought}no`, calls: [], unreadable: 0 });
});

it("reads what it writes", () => {
  const content = fc.string().filter((text) => !text.includes("<") && text === text.trimEnd());
  const call = fc.record({
    name: fc.string(),
    arguments: fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      fc.string(),
    ),
  });
  fc.assert(
    fc.property(content, fc.array(call, { minLength: 1, maxLength: 3 }), (said, calls) => {
      fc.pre(!JSON.stringify(calls).includes("tool_call>"));
      expect(parseReply(writeToolCalls(said, calls))).toEqual({ content: said, calls, unreadable: 0 });
    }),
  );
});
