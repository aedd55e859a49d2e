import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { lmEvalTaskResults } from "../results/task-results.ts";
import type { Continue } from "../search/agent.ts";
import { createTitleIndex } from "../search/title-index.ts";
import type { Chat } from "../search/tool-agent.ts";
import { runQuestions } from "./run-questions.ts";

const questions = [
  { id: "a", question: "What is a beagle?", answers: ["dog", "hound"] },
  { id: "b", question: "What is a rook?", answers: ["bird"] },
];
const retrieve = createTitleIndex([{ id: "1", title: "Beagle", text: "A hound." }]);
/** Searches for the first question, and runs out of tokens on the second. */
const continueText: Continue = async (requests, { turn }) =>
  requests.map(({ id }) => {
    if (id === "b") return { text: "<think>a rook", stop: "length" };
    return turn === 0
      ? { text: "<think>x</think><search>Beagle</search>", stop: "stop" }
      : { text: "<answer> The hound. </answer>", stop: "end" };
  });

describe("runQuestions", () => {
  it("marks answers, counts what happened, and gives sample rows", async () => {
    const { task, run } = await runQuestions(questions, {
      name: "pets",
      continueText,
      retrieve,
      maxSearches: 2,
      maxNewTokens: 9,
    });
    const by = Object.fromEntries(
      Object.entries(run.scores).map(([key, items]) => [key, items.map(({ score }) => score)]),
    );
    expect(by).toEqual({
      "em,answer": [1, 0],
      "f1,answer": [1, 0],
      "cover,answer": [1, 0],
      "turns,answer": [2, 3],
      "searches,answer": [1, 0],
      "invalid,answer": [0, 3],
      "unparsed,answer": [0, 1],
      "truncated,answer": [0, 1],
      "think_leak,answer": [0, 1],
    });
    expect(run.truncated).toBe(0.5);
    expect(run.samples[0]).toMatchObject({
      doc_id: 0,
      doc: questions[0],
      target: "dog",
      filtered_resps: ["The hound."],
      filter: "answer",
      em: 1,
      resps: [[expect.stringContaining("<information>") as string]],
    });
    expect(run.samples[1]).toMatchObject({ filtered_resps: [null], em: 0, truncated: 1 });
    const results = lmEvalTaskResults(
      { evaluations: [{ task, run }], config: {} },
      { random: createRandom(1), draws: 100 },
    );
    expect(results).toMatchObject({
      results: { pets: { "em,answer": 0.5, "f1_stderr,answer": 0.5 } },
      "n-samples": { pets: { original: 2 } },
      higher_is_better: { pets: { em: true, unparsed: false, searches: false } },
    });
  });

  it("asks by tool calling where it is given a chat: the same measures, and the messages", async () => {
    const chat: Chat = async (requests, { turn }) =>
      requests.map(({ id, messages }) => {
        if (id === "b") return { text: "<tool_call>{}</tool_call>", stop: "end" };
        const call = '<tool_call>{"name": "search", "arguments": {"query": "Beagle"}}</tool_call>';
        expect(messages[0]!.content).toMatch(/call the search tool.*Question: What is a beagle\?\n$/s);
        return { text: turn === 0 ? call : "<answer>hound</answer>", stop: "end" };
      });
    const { run } = await runQuestions(questions, { name: "pets", chat, retrieve, maxSearches: 1, maxNewTokens: 9 });
    const by = Object.fromEntries(
      Object.entries(run.scores).map(([key, items]) => [key.split(",")[0], items.map(({ score }) => score)]),
    );
    expect(by).toMatchObject({ em: [1, 0], turns: [2, 2], searches: [1, 0], invalid: [0, 2], unparsed: [0, 1] });
    expect((run.samples[0]!["messages"] as { role: string }[]).map(({ role }) => role)).toEqual([
      "assistant",
      "tool",
      "assistant",
    ]);
  });

  it("takes any think tag for a leak where a model is not to think", async () => {
    const chat: Chat = async (requests) =>
      requests.map(() => ({ text: "<think></think><answer>x</answer>", stop: "end" }));
    const leaks = async (thinking: boolean) =>
      (await runQuestions(questions, { name: "pets", chat, thinking, maxNewTokens: 9 })).run.scores[
        "think_leak,answer"
      ];
    expect((await leaks(true))!.map(({ score }) => score)).toEqual([0, 0]);
    expect((await leaks(false))!.map(({ score }) => score)).toEqual([1, 1]);
  });

  it("needs a question", async () => {
    const options = { name: "none", continueText, maxNewTokens: 1 };
    await expect(runQuestions([], options)).rejects.toMatchObject({ code: "E_NO_ITEMS" });
  });
});
