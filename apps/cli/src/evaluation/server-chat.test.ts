import { runToolAgent, searchTool } from "@prefdelta/eval";
import { afterEach, expect, test } from "vitest";

import { serveScriptedChat, type ChatBody, type ScriptedChatServer } from "../__fixtures__/scripted-chat-server.ts";
import { serverModel } from "./server-model.ts";

let server: ScriptedChatServer;
afterEach(() => server.close());

const { signal } = new AbortController();
const run = async (script: (body: ChatBody) => object) => {
  server = await serveScriptedChat(script);
  const { converse } = serverModel({
    url: server.url,
    model: "m",
    chat: false,
    fetch,
    signal,
    backoffMs: 1,
    retries: 0,
  });
  const [transcript] = await runToolAgent([{ id: "a", prompt: [{ role: "user", content: "Who?" }] }], {
    chat: converse,
    retrieve: async (queries) => queries.map((title) => [{ id: "1", title, text: "x" }]),
    ...{ topK: 1, maxSearches: 1, maxNewTokens: 7 },
  });
  return transcript!;
};
const calling = (args: string) => ({ id: "r4nd0m", type: "function", function: { name: "search", arguments: args } });

test("calls travel as OpenAI's protocol has them, both ways", async () => {
  const transcript = await run(({ messages }) =>
    messages.length === 1
      ? { message: { content: null, reasoning_content: "hm", tool_calls: [calling('{"query": "q"}')] } }
      : { message: { content: "<answer>x</answer>" }, finish_reason: "length" },
  );
  expect(transcript).toMatchObject({ searches: 1, invalid: 0, stop: "length" });
  expect(transcript.segments[0]!.text).toMatch(/^<think>\nhm\n<\/think>\n\n\n<tool_call>/);
  const both = { model: "m", max_tokens: 7, temperature: 0, tools: [searchTool] };
  expect(server.asked[0]).toEqual({ ...both, tool_choice: "auto", messages: [{ role: "user", content: "Who?" }] });
  expect(server.asked[1]).toEqual({
    ...both,
    tool_choice: "none",
    messages: [
      { role: "user", content: "Who?" },
      {
        role: "assistant",
        content: "<think>\nhm\n</think>\n\n",
        tool_calls: [{ ...calling('{"query":"q"}'), id: "call00000" }],
      },
      { role: "tool", tool_call_id: "call00000", content: "Doc 1(Title: q) x" },
    ],
  });
});

test("a server that reads no calls leaves them to be read here; arguments that are no JSON are an invalid call", async () => {
  const text = '<tool_call>{"name": "search", "arguments": {"query": "q"}}</tool_call>';
  expect(await run(({ messages }) => ({ message: { content: messages.length === 1 ? text : "x" } }))).toMatchObject({
    searches: 1,
    invalid: 0,
  });
  await server.close();
  const broken = await run(({ messages }) => ({
    message: messages.length === 1 ? { tool_calls: [calling("{")] } : { content: "x" },
  }));
  expect(broken).toMatchObject({ searches: 0, invalid: 1, stop: "end" });
});

test("an answer that is none is shown", async () => {
  await expect(run(() => ({ message: { content: 3 } }))).rejects.toMatchObject({
    code: "E_SERVERS",
    message: expect.stringContaining('expected one choice, got {"choices"') as string,
  });
});
