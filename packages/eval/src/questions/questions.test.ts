import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { scoreItems, scoreValues } from "../statistics/intervals.ts";
import type { Transcript } from "../transcript.ts";
import { agentOutcomes } from "./agent-outcomes.ts";
import { questionsFrom, searchR1Prompt } from "./questions.ts";

describe("questionsFrom", () => {
  // The first row of each set as FlashRAG has it, shortened.
  it.each([
    ["hotpotqa", { id: "dev_0", question: "Who?", golden_answers: ["yes"], metadata: { type: "comparison" } }, ["yes"]],
    ["2wikimultihopqa", { id: "dev_0", question: "Who?", golden_answers: ["Xi", "X."], metadata: {} }, ["Xi", "X."]],
    ["musique", { id: "2hop__1_2", question: "Who?", golden_answers: ["A", "B"], metadata: {} }, ["A", "B"]],
    ["bamboogle", { id: "test_0", question: "Who?", golden_answers: ["james madison"] }, ["james madison"]],
    [
      "nq",
      { id: "test_0", question: "who", golden_answers: ["14 December 1972", "December 1972"] },
      ["14 December 1972", "December 1972"],
    ],
    ["triviaqa", { id: "test_0", question: "Who?", golden_answers: ["A", "A", "a"] }, ["A", "a"]],
    [
      "popqa",
      { id: "4222362", question: "Who?", golden_answers: ["[politician]", "polit."] },
      ["[politician]", "polit."],
    ],
  ])("reads FlashRAG's %s", (_, row, answers) => {
    expect(questionsFrom([row], "data")).toEqual([{ id: row.id, question: row.question, answers }]);
  });

  it.each([
    [{ _id: "5a8b", question: "?", answer: "yes", type: "comparison", context: [] }, "5a8b", ["yes"]],
    [{ _id: "13f5", question: "?", answer: "no", evidences: [] }, "13f5", ["no"]],
    [{ id: "2hop__1", question: "?", answer: "A", answer_aliases: ["B"], answerable: true }, "2hop__1", ["A", "B"]],
    [{ Question: "?", Answer: "1999" }, "0", ["1999"]],
    [{ question: "?", answer: ["a", "b"] }, "0", ["a", "b"]],
    [{ question: "?", question_id: "tc_2", answer: { value: "A", aliases: ["A", "B"] } }, "tc_2", ["A", "B"]],
    [{ id: 42, question: "?", possible_answers: '["politician", "pol"]', obj: "x" }, "42", ["politician", "pol"]],
    [{ id: 4, question: "?", answer: 131 }, "4", ["131"]],
    [{ question: "?", answer: "[sic" }, "0", ["[sic"]],
  ])(
    "reads %j, as HotpotQA's, 2Wiki's, MuSiQue's, Bamboogle's, NQ's, TriviaQA's or PopQA's authors have it",
    (row, id, answers) => {
      expect(questionsFrom([row], "data")).toEqual([{ id, question: "?", answers }]);
    },
  );

  it("names all rows that are none", () => {
    const rows = [
      { question: "ok", answer: "x" },
      { query: "?", answer: "x" },
      { question: " ", golden_answers: [] },
      { question: "?", answer: { text: "x" } },
    ];
    expect(() => questionsFrom(rows, "f.jsonl")).toThrow(
      expect.objectContaining({
        code: "E_DOCUMENT",
        message: [
          "f.jsonl: row 2: question or Question — expected text, got nothing; it has query, answer",
          'f.jsonl: row 3: question or Question — expected text, got " "',
          "f.jsonl: row 3: golden_answers or answers or answer or possible_answers or Answer — expected one text or several, got []",
          'f.jsonl: row 4: golden_answers or answers or answer or possible_answers or Answer — expected one text or several, got {"text":"x"}',
        ].join("\n"),
      }),
    );
    const many = Array.from({ length: 12 }, () => ({ question: "?" }));
    expect(() => questionsFrom(many, "f")).toThrow("… and 2 more");
    expect(() => questionsFrom([], "f")).toThrow(expect.objectContaining({ code: "E_NO_ITEMS" }));
  });
});

describe("searchR1Prompt", () => {
  it("asks a question, with a question mark", () => {
    expect(searchR1Prompt(" Who was it ")).toMatch(
      /^Answer the given question\. .* Beijing <\/answer>\. Question: Who was it\?\n$/,
    );
    expect(searchR1Prompt("Who?")).toBe(searchR1Prompt("Who"));
  });
});

describe("agentOutcomes", () => {
  const transcript = (text: string, more: Partial<Transcript> = {}): Transcript => ({
    segments: [{ text, source: "model" }],
    searches: 0,
    invalid: 0,
    stop: "end",
    ...more,
  });
  const outcomes = (text: string, thinking = false, more: Partial<Transcript> = {}): Record<string, number> => {
    const rows = agentOutcomes([{ id: "a", answers: ["The New York"] }], [transcript(text, more)], { thinking });
    return Object.fromEntries(Object.entries(rows).map(([measure, [item]]) => [measure, item!.score]));
  };

  it("marks the model's last answer, and counts what happened on the way", () => {
    const segments = [
      { text: "<search>x</search>", source: "model" as const },
      { text: "<information><answer>no</answer></information>", source: "environment" as const },
      { text: "<answer>New York City</answer>", source: "model" as const },
    ];
    expect(outcomes("", false, { segments, searches: 1 })).toEqual({
      em: 0,
      f1: 0.8,
      cover: 1,
      turns: 2,
      searches: 1,
      invalid: 0,
      unparsed: 0,
      truncated: 0,
      think_leak: 0,
    });
    expect(outcomes("New York", false, { stop: "length", invalid: 1 })).toMatchObject({
      em: 0,
      f1: 0,
      cover: 0,
      unparsed: 1,
      truncated: 1,
      invalid: 1,
    });
  });

  it.each([
    ["<think>x</think><answer>a</answer>", 1, 0],
    ["</think><answer>a</answer>", 1, 0],
    ["<think>x <answer>a</answer>", 1, 1],
    ["<answer><think>x</think> a</answer>", 1, 1],
    ["<answer>a</answer>", 0, 0],
    ["<think>x</think>y<think>z", 1, 1],
  ])("finds the leak in %j", (text, without, asked) => {
    expect(outcomes(text).think_leak).toBe(without);
    expect(outcomes(text, true).think_leak).toBe(asked);
  });

  it("keeps clusters, and asks for a transcript an item", () => {
    const items = [{ id: "a", answers: ["x"], cluster: "k" }];
    expect(agentOutcomes(items, [transcript("<answer>x</answer>")], { thinking: false }).em).toEqual([
      { id: "a", cluster: "k", score: 1 },
    ]);
    expect(() => agentOutcomes(items, [], { thinking: false })).toThrow(
      expect.objectContaining({ code: "E_MISMATCH" }),
    );
  });

  it("is scored with an interval: for yes and no as accuracy is", () => {
    const items = Array.from({ length: 40 }, (_, i) => ({
      id: `${i}`,
      cluster: `${i % 9}`,
      score: Number(i % 3 === 0),
    }));
    const options = { random: createRandom(1) };
    const accuracy = items.map(({ id, cluster, score }) => ({
      id,
      cluster,
      correct: score === 1,
      prediction: null,
      answers: [],
      searches: 0,
      truncated: false,
    }));
    expect(scoreValues(items, options)).toEqual(scoreItems(accuracy, options));
    expect(scoreValues([{ cluster: "a", score: 0.25 }], options)).toEqual({ n: 1, value: 0.25, low: 0.25, high: 0.25 });
    expect(() => scoreValues([], options)).toThrow(expect.objectContaining({ code: "E_NO_ITEMS" }));
  });
});
