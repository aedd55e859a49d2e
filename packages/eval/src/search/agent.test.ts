import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelText, transcriptText } from "../transcript.ts";
import { type AgentOptions, type Continue, type ContinueOptions, runAgent } from "./agent.ts";
import { searchR1Observation, templateObservation } from "./observation.ts";

const documents = [{ id: "1", title: "hound", text: "kind: dog." }];
const formatObservation = templateObservation("<information> {title}. {text}</information>");
const request = (id: string) => ({ id, prompt: [{ role: "user" as const, content: id }] });

/** A model that says its lines, one a turn, and stops at a stop text within them as a real one does. */
function scripted(lines: Record<string, string[]>) {
  const calls: { ids: string[]; options: ContinueOptions }[] = [];
  const continueText: Continue = async (requests, options) => {
    calls.push({ ids: requests.map(({ id }) => id), options });
    return requests.map(({ id, segments }) => {
      const line = lines[id]![segments.filter(({ source }) => source === "model").length]!;
      const stop = options.stop.find((text) => line.includes(text));
      if (stop === undefined) return { text: line, stop: "end" };
      return { text: line.slice(0, line.indexOf(stop) + stop.length), stop: "stop" };
    });
  };
  return { calls, continueText };
}

const run = (lines: Record<string, string[]>, options: Partial<AgentOptions> = {}) => {
  const queries: string[] = [];
  const { calls, continueText } = scripted(lines);
  const transcripts = runAgent(Object.keys(lines).map(request), {
    continueText,
    retrieve: async (asked) => {
      queries.push(...asked);
      return asked.map(() => documents);
    },
    formatObservation,
    topK: 1,
    maxSearches: 1,
    maxNewTokens: 64,
    ...options,
  });
  return { calls, queries, transcripts };
};

describe("runAgent", () => {
  it("searches, observes, goes on", async () => {
    const { calls, queries, transcripts } = run(
      { a: ["<search> hound</search> made up", "<answer> dog</answer>"] },
      { maxNewTokensAfterSearch: 24 },
    );
    const [transcript] = await transcripts;
    expect(transcript).toMatchObject({ searches: 1, invalid: 0, stop: "end" });
    expect(transcriptText(transcript!)).toBe(
      "<search> hound</search><information> hound. kind: dog.</information><answer> dog</answer>",
    );
    expect(modelText(transcript!)).toBe("<search> hound</search><answer> dog</answer>");
    expect(queries).toEqual([" hound"]);
    expect(calls.map(({ options }) => options)).toEqual([
      { stop: ["</search>"], maxNewTokens: 64, turn: 0 },
      { stop: [], maxNewTokens: 24, turn: 1 },
    ]);
  });

  it("goes on with those that asked alone, and keeps everyone's place", async () => {
    const { calls, transcripts } = run({ a: ["plain"], b: ["<search>x</search>", "done"], c: ["short"] });
    expect((await transcripts).map((t) => t.searches)).toEqual([0, 1, 0]);
    expect(calls.map(({ ids }) => ids)).toEqual([["a", "b", "c"], ["b"]]);
  });

  it("stops offering searches when the budget is spent: what is written then is final", async () => {
    const { transcripts, queries } = run(
      { a: ["<search>1</search>", "<search>2</search>", "<search>3</search>"] },
      { maxSearches: 2 },
    );
    const [transcript] = await transcripts;
    expect(queries).toEqual(["1", "2"]);
    expect(transcript!.segments.map(({ source }) => source)).toEqual([
      "model",
      "environment",
      "model",
      "environment",
      "model",
    ]);
    expect(transcript!.segments.at(-1)!.text).toBe("<search>3</search>");
  });

  it.each(["hound</search>", "<search> \n</search>"])(
    "counts %j, a search for nothing, and ends there",
    async (line) => {
      const [transcript] = await run({ a: [line] }).transcripts;
      expect(transcript).toMatchObject({ invalid: 1, searches: 0, stop: "end" });
    },
  );

  it("asks for three documents and shows them as Search-R1 does where nothing else is said", async () => {
    const asked: number[] = [];
    const { continueText } = scripted({ a: ["<search>x</search>", "y"] });
    const retrieve = async (queries: readonly string[], topK: number) => {
      asked.push(topK);
      return queries.map(() => documents);
    };
    const [transcript] = await runAgent([request("a")], { continueText, retrieve, maxSearches: 1, maxNewTokens: 8 });
    expect(asked).toEqual([3]);
    expect(transcript!.segments[1]).toEqual({ text: searchR1Observation(documents), source: "environment" });
  });

  it("takes the last opened query", async () => {
    const { queries, transcripts } = run({ a: ["<search>x<search>y</search>", "z"] });
    await transcripts;
    expect(queries).toEqual(["y"]);
  });

  it("cuts what a token carried beyond the stop text", async () => {
    const turns = ["<search>hound</search>\n\n</search>", "<answer>dog</answer>\n"];
    const seen: string[] = [];
    const continueText: Continue = async (requests, { turn }) =>
      requests.map(({ segments }) => {
        seen.push(segments.map(({ text }) => text).join(""));
        return { text: turns[turn]!, stop: turn === 0 ? "stop" : "end" };
      });
    const [transcript] = await run({ a: [] }, { continueText }).transcripts;
    expect(transcript).toMatchObject({ searches: 1, invalid: 0 });
    const soFar = "<search>hound</search><information> hound. kind: dog.</information>";
    expect(seen).toEqual(["", soFar]);
    expect(transcriptText(transcript!)).toBe(`${soFar}<answer>dog</answer>\n`);
  });

  it("refuses a port that leaves the stop text out: every search would be lost", async () => {
    const continueText: Continue = async (requests) => requests.map(() => ({ text: "<search>hound", stop: "stop" }));
    await expect(run({ a: [] }, { continueText }).transcripts).rejects.toMatchObject({
      code: "E_PORT",
      message: 'continueText: answer to "a" — expected the stop text </search> in it, got …"<search>hound"',
    });
  });

  it("is plain generation without a retriever", async () => {
    const { continueText, calls } = scripted({ a: ["<search>x</search>y"] });
    const [transcript] = await runAgent([request("a")], { continueText, maxNewTokens: 8 });
    expect(transcriptText(transcript!)).toBe("<search>x</search>y");
    expect(calls[0]!.options.stop).toEqual([]);
  });

  it("says when a turn ran into the token limit", async () => {
    const continueText: Continue = async (requests) => requests.map(() => ({ text: "long", stop: "length" }));
    const [transcript] = await runAgent([request("a")], { continueText, maxNewTokens: 1 });
    expect(transcript!.stop).toBe("length");
  });

  it("refuses a port that lost an answer", async () => {
    await expect(runAgent([request("a")], { continueText: async () => [], maxNewTokens: 1 })).rejects.toMatchObject({
      code: "E_PORT",
    });
  });

  it("refuses a retriever that lost a query", async () => {
    const { transcripts } = run({ a: ["<search>x</search>", "y"] }, { retrieve: async () => [] });
    await expect(transcripts).rejects.toMatchObject({
      code: "E_PORT",
      message: "retrieve: results — expected 1, one a query, got 0",
    });
  });

  it("ends for every script, each conversation as if it were alone", async () => {
    const line = fc.constantFrom("<search>q</search>", "text", "</search>", "<search>", "<answer>1</answer>");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(line, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        async (scripts) => {
          const lines = Object.fromEntries(scripts.map((script, i) => [`c${i}`, script]));
          const together = await run(lines, { maxSearches: 3 }).transcripts;
          for (const [i, [id, script]] of Object.entries(lines).entries()) {
            expect(await run({ [id]: script }, { maxSearches: 3 }).transcripts).toEqual([together[i]]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
