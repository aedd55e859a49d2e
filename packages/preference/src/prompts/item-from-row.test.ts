import { describe, expect, it } from "vitest";
import { itemFromRow, promptFields, type PromptFieldsInput } from "./item-from-row.ts";

const map = (row: unknown, fields: PromptFieldsInput = {}) =>
  itemFromRow(row, promptFields.parse(fields), { file: "x.jsonl", line: 3 });

describe("itemFromRow", () => {
  it("reads texts, messages and ShareGPT turns; a last answer is cut off", () => {
    const user = { role: "user", content: "Hi?" };
    expect(map({ prompt: "Hi?" })).toEqual({ prompt: [user] });
    const messages = [
      user,
      { role: "assistant", content: "Yes." },
      { ...user, name: "x" },
      { role: "assistant", content: "a" },
    ];
    expect(map({ messages }, { prompt: "messages" })).toEqual({
      prompt: [user, { role: "assistant", content: "Yes." }, user],
    });
    const conversations = [
      { from: "system", value: "Be brief." },
      { from: "human", value: "Hi?" },
      { from: "gpt", value: "Yes." },
    ];
    expect(map({ conversations }, { prompt: "conversations" })).toEqual({
      prompt: [{ role: "system", content: "Be brief." }, user],
    });
  });

  it("reads tools as a list or as its JSON, and none where there are none", () => {
    const tools = [{ type: "function", function: { name: "search", parameters: { type: "object" } } }];
    const prompt = "Hi?";
    for (const given of [tools, JSON.stringify(tools)]) expect(map({ prompt, tools: given }).tools).toEqual(tools);
    for (const given of [undefined, null, [], "", "[]"])
      expect(map({ prompt, tools: given })).not.toHaveProperty("tools");
    expect(map({ prompt, functions: tools }, { tools: "functions" }).tools).toEqual(tools);
    expect(map({ prompt, tools: "a hammer" }, { tools: false })).not.toHaveProperty("tools");
    expect(() => map({ prompt, tools: "a hammer" })).toThrow(
      "x.jsonl:3: tools — expected tools in OpenAI's schema, got",
    );
  });

  it("refuses a turn with calls, and takes one that has none of them", () => {
    const asked = { role: "user", content: "Hi?" };
    const called = { role: "assistant", content: "", tool_calls: [{ function: { name: "f", arguments: "{}" } }] };
    expect(() => map({ prompt: [asked, called, asked] })).toThrow("prompt — expected a text or a list of messages");
    for (const tool_calls of [null, []])
      expect(map({ prompt: [{ ...asked, tool_calls }] })).toEqual({ prompt: [asked] });
  });

  it("finds ids, answers and clusters by path", () => {
    const row = {
      prompt: "Hi?",
      extra_info: { index: 7n, split: "train" },
      reward_model: { ground_truth: { target: ["a", 4] } },
    };
    const fields = { id: "extra_info.index", answers: "reward_model.ground_truth.target", cluster: "extra_info.split" };
    expect(map(row, fields)).toMatchObject({ id: "7", answers: ["a", "4"], cluster: "train" });
    expect(map({ prompt: "Hi?", gold: 4 }, { answers: "gold" }).answers).toEqual(["4"]);
  });

  it("puts the system prompt before those that have none", () => {
    const system = { role: "system", content: "Be brief." };
    expect(map({ prompt: "Hi?" }, { system: "Be brief." }).prompt[0]).toEqual(system);
    const own = [
      { role: "system", content: "Be long." },
      { role: "user", content: "Hi?" },
    ];
    expect(map({ prompt: own }, { system: "Be brief." }).prompt).toEqual(own);
  });

  it("says everything that is wrong, and where", () => {
    expect(() => map({ prompt: 7, gold: {} }, { answers: "gold", id: "a.b" })).toThrow(
      expect.objectContaining({
        code: "E_ROW",
        message: [
          "x.jsonl:3: prompt — expected a text or a list of messages, got 7",
          "x.jsonl:3: a.b — expected a text or a number, got nothing",
          "x.jsonl:3: gold — expected a text, a number or a list of them, got {}",
        ].join("\n"),
      }) as Error,
    );
    expect(() => map({ prompt: [{ role: "assistant", content: "a" }] })).toThrow("expected a question");
  });
});
