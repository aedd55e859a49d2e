import { describe, expect, it } from "vitest";
import { pairFromRow } from "./pair-from-row.ts";
import type { ConversationPair } from "./training-pair.ts";

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const system = (content: string) => ({ role: "system", content });
const conversation = { prompt: [user("Hi")], chosen: [assistant("yes")], rejected: [assistant("no")] };
const call = { id: "1", type: "function", function: { name: "search", arguments: { query: "x" } } };
const result = { role: "tool", content: "found", tool_call_id: "1" };

describe("pairFromRow", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["TRL's conversations", { ...conversation, prompt_id: "a", score: 3 }, { ...conversation, prompt_id: "a" }],
    [
      "answers with tool calls and what the tool said",
      { ...conversation, chosen: [{ ...assistant(""), tool_calls: [call] }, result, assistant("yes")], prompt_id: "a" },
      { ...conversation, chosen: [{ ...assistant(""), tool_calls: [call] }, result, assistant("yes")], prompt_id: "a" },
    ],
    [
      "conversations that hold the prompt, a text beside them",
      { prompt: "Hi", chosen: [user("Hi"), assistant("yes")], rejected: [user("Hi"), assistant("no")], tools: null },
      conversation,
    ],
    [
      "equal conversations",
      { chosen: [user("Hi"), assistant("yes")], rejected: [user("Hi"), assistant("yes")] },
      { prompt: [user("Hi")], chosen: [assistant("yes")], rejected: [assistant("yes")] },
    ],
    ["texts", { prompt: "2+2=", chosen: " 4", rejected: " 5" }, { prompt: "2+2=", chosen: " 4", rejected: " 5" }],
    [
      "texts that hold the prompt: the blank is the answers'",
      { chosen: "The sky is blue.", rejected: "The sky is green." },
      { prompt: "The sky is", chosen: " blue.", rejected: " green." },
    ],
    [
      "alpaca ranking, with input, history and a system text",
      { instruction: "Add", input: "2 2", chosen: "4", rejected: "5", system: "S", history: [["Q", "A"]] },
      {
        prompt: [system("S"), user("Q"), assistant("A"), user("Add\n2 2")],
        chosen: [assistant("4")],
        rejected: [assistant("5")],
      },
    ],
    ["alpaca ranking", { instruction: "Hi", input: "", chosen: "yes", rejected: "no" }, conversation],
    [
      "sharegpt ranking",
      {
        conversations: [{ from: "human", value: "Hi" }],
        chosen: { from: "gpt", value: "yes" },
        rejected: { from: "gpt", value: "no" },
        system: null,
      },
      conversation,
    ],
    [
      "sharegpt ranking with tools, their calls and what they found",
      {
        conversations: [
          { from: "human", value: "Hi" },
          { from: "function_call", value: '{"name":"search","arguments":{"query":"x"}}' },
          { from: "observation", value: "found" },
        ],
        chosen: { from: "gpt", value: "yes" },
        rejected: { from: "gpt", value: "no" },
        tools: '[{"name":"search","parameters":{"type":"object"}}]',
      },
      {
        ...conversation,
        prompt: [
          user("Hi"),
          {
            ...assistant(""),
            tool_calls: [{ type: "function", function: { name: "search", arguments: { query: "x" } } }],
          },
          { role: "tool", content: "found" },
        ],
        tools: [{ type: "function", function: { name: "search", parameters: { type: "object" } } }],
      },
    ],
    [
      "axolotl's messages with a message a side",
      { messages: [system("S"), user("Hi")], chosen: assistant("yes"), rejected: assistant("no") },
      { ...conversation, prompt: [system("S"), user("Hi")] },
    ],
    ["a prompt of messages with texts", { prompt: [user("Hi")], chosen: "yes", rejected: "no" }, conversation],
    [
      "a text prompt with answers as messages, and a system text",
      { prompt: "Hi", chosen: [assistant("yes")], rejected: [assistant("no")], system: "S" },
      { ...conversation, prompt: [system("S"), user("Hi")] },
    ],
    [
      "axolotl's ultra: a system text before what both conversations begin with",
      {
        prompt: "Hi",
        chosen: [user("Hi"), assistant("yes")],
        rejected: [user("Hi"), assistant("no")],
        system_prompt: "S",
      },
      { ...conversation, prompt: [system("S"), user("Hi")] },
    ],
    [
      "axolotl's prompt pairs: with a system text, the prompt is a message",
      { prompt: "Hi", chosen: "yes", rejected: "no", system: "S" },
      { ...conversation, prompt: [system("S"), user("Hi")] },
    ],
    [
      "prompt pairs whose system text is empty",
      { prompt: "Hi", chosen: "yes", rejected: "no", system: "" },
      conversation,
    ],
    [
      "a system text that the prompt begins with",
      { ...conversation, prompt: [system("S"), user("Hi")], system: "S" },
      {
        prompt: [system("S"), user("Hi")],
      },
    ],
    ["an input for a question", { input: "Hi", chosen: "yes", rejected: "no" }, conversation],
    [
      "nectar's: the best answer and the worst",
      {
        prompt: "\n\nHuman: Ho \n\nAssistant: Ha\n\nHuman: Hi \n\nAssistant: ",
        answers: [
          { answer: "so so", rank: 2 },
          { answer: "no", rank: 3 },
          { answer: "yes", rank: 1 },
        ],
      },
      { ...conversation, prompt: [user("Ho"), assistant("Ha"), user("Hi")] },
    ],
    [
      "UltraFeedback's, with the chosen conversation again as messages",
      {
        prompt: "Hi",
        messages: [user("Hi"), assistant("yes")],
        chosen: [user("Hi"), assistant("yes")],
        rejected: [user("Hi"), assistant("no")],
      },
      conversation,
    ],
    [
      "contents in parts, and keys that are null, as Parquet has them",
      {
        prompt: [
          {
            role: "user",
            content: [
              { type: "text", text: "H" },
              { type: "text", text: "i" },
            ],
            name: null,
          },
        ],
        chosen: [{ ...assistant("yes"), tool_calls: null, tool_call_id: null }],
        rejected: [{ role: "assistant", content: null, tool_calls: [call] }],
      },
      { prompt: [user("Hi")], chosen: [assistant("yes")], rejected: [{ ...assistant(""), tool_calls: [call] }] },
    ],
    ["argilla's", { instruction: "Hi", chosen_response: "yes", rejected_response: "no" }, conversation],
    ["intel's", { system: "", question: "Hi", chosen: "yes", rejected: "no" }, conversation],
  ])("reads %s", (_, row, expected) => {
    expect(pairFromRow(row, "here")).toMatchObject(expected);
  });

  it("names a row without an id by its prompt", () => {
    const { prompt_id } = pairFromRow(conversation, "here");
    expect(prompt_id).toMatch(/^[0-9a-f]{64}$/);
    expect(pairFromRow({ ...conversation, chosen: [assistant("perhaps")] }, "there").prompt_id).toBe(prompt_id);
    expect(pairFromRow({ ...conversation, prompt: [user("Ho")] }, "there").prompt_id).not.toBe(prompt_id);
  });

  it("keeps tools, as a list or as its JSON, in the order of their keys", () => {
    const tools = [
      { type: "function", function: { name: "search", description: "d", parameters: { type: "object" } } },
    ];
    for (const given of [tools, JSON.stringify(tools)]) {
      const pair = pairFromRow({ ...conversation, tools: given }, "here") as ConversationPair;
      expect(JSON.stringify(pair.tools)).toBe(JSON.stringify(tools));
    }
    for (const given of [null, [], "", "[]"])
      expect(pairFromRow({ ...conversation, tools: given }, "here")).not.toHaveProperty("tools");
  });

  it("keeps variables of the template, those that are null left out", () => {
    for (const given of [{ enable_thinking: false, other: null }, '{"enable_thinking":false}']) {
      const pair = pairFromRow({ ...conversation, chat_template_kwargs: given }, "here") as ConversationPair;
      expect(pair.chat_template_kwargs).toEqual({ enable_thinking: false });
    }
    expect(pairFromRow({ ...conversation, chat_template_kwargs: { a: null } }, "here")).not.toHaveProperty(
      "chat_template_kwargs",
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      "no answer",
      { prompt: [user("Hi")], chosen: [assistant("yes")] },
      /^here: rejected — expected array, got nothing \(.*conversation\)$/,
    ],
    [
      "several things at once",
      { conversations: [{ from: "robot", value: "Hi" }], chosen: "yes", rejected: { from: "gpt", value: 1 } },
      /^here: conversations\.0\.from — expected "human" \| .*, got "robot"\nhere: chosen — .*got "yes"\nhere: rejected\.value — .*got 1 \(.*sharegpt\)$/,
    ],
    ["no shared prompt", { chosen: "yes", rejected: "no" }, /^here: prompt — expected one that both answers share/],
    [
      "tools in another schema",
      { ...conversation, tools: [{ name: "search" }] },
      /^here: tools — expected a list in OpenAI's schema, or its JSON, got \[\{"name":"search"\}\]/,
    ],
    ["tools that are no JSON", { ...conversation, tools: "search" }, /^here: tools — .*got "search"/],
    [
      "tools of a text",
      { prompt: "Hi", chosen: "yes", rejected: "no", tools: '[{"type":"function","function":{"name":"f"}}]' },
      /^here: tools — expected none with texts, which no template renders, got /,
    ],
    [
      "variables of a template that are no object",
      { ...conversation, chat_template_kwargs: "[1]" },
      /^here: chat_template_kwargs — expected an object, or its JSON, got "\[1\]"/,
    ],
    [
      "variables of a template with texts",
      { prompt: "Hi", chosen: "yes", rejected: "no", chat_template_kwargs: { a: 1 } },
      /^here: chat_template_kwargs — expected none with texts/,
    ],
    ["images", { ...conversation, images: ["a.png"] }, /^here: images — expected none, as models of text are trained/],
    [
      "a prompt that is not the conversations'",
      { prompt: "Ho", chosen: [user("Hi"), assistant("yes")], rejected: [user("Hi"), assistant("no")] },
      /^here: prompt — expected its words in the prompt, which this shape does not take from there; .*, got "Ho"/,
    ],
    [
      "a system text beside another one",
      { ...conversation, prompt: [system("S"), user("Hi")], system: "T" },
      /^here: system — expected its words in the prompt, .*, got "T" \(.*conversation\)$/,
    ],
    [
      "a system text with texts that hold the prompt",
      { chosen: "Hi yes", rejected: "Hi no", system: "S" },
      /^here: system — expected its words in the prompt, .*textWithin\)$/,
    ],
    [
      "earlier turns with a text",
      { prompt: "Hi", chosen: "yes", rejected: "no", history: [["Q", "A"]] },
      /here: history — /,
    ],
    [
      "what is a message and no call",
      {
        conversations: [{ from: "function_call", value: "search" }],
        chosen: { from: "gpt", value: "yes" },
        rejected: { from: "gpt", value: "no" },
      },
      /^here: conversations\.0\.value — expected the JSON of a call, with name and arguments, got "search"/,
    ],
    [
      "keys of a message that would change how it is rendered",
      { ...conversation, chosen: [{ ...assistant("yes"), reasoning_content: "hm" }] },
      /^here: chosen\.0 — Unrecognized key: "reasoning_content"/,
    ],
    [
      "a message without content",
      { ...conversation, chosen: [{ role: "assistant" }] },
      /^here: chosen\.0\.content — expected string, got nothing/,
    ],
    [
      "answers of one rank",
      {
        prompt: "Hi",
        answers: [
          { answer: "yes", rank: 1 },
          { answer: "no", rank: 1 },
        ],
      },
      /^here: answers — expected a best and a worst rank, got 1/,
    ],
    ["a question without answers", { prompt: [user("Hi")], reward_model: { style: "rule" } }, /^here: chosen — /],
  ])("refuses %s, by name and place", (_, row, message) => {
    expect(() => pairFromRow(row, "here")).toThrow(
      expect.objectContaining({ code: "E_ROW", message: expect.stringMatching(message) }),
    );
  });
});
