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
      "template variables",
      { ...conversation, chat_template_kwargs: { a: 1 } },
      /^here: chat_template_kwargs — expected none/,
    ],
  ])("refuses %s, by name and place", (_, row, message) => {
    expect(() => pairFromRow(row, "here")).toThrow(
      expect.objectContaining({ code: "E_ROW", message: expect.stringMatching(message) }),
    );
  });
});
