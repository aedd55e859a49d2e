import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { transcriptText } from "../transcript.ts";
import type { Continue } from "./agent.ts";
import { observeWithin } from "./observation-budget.ts";
import { listPassages, searchR1Observation } from "./observation.ts";
import { runSearchR1, type SearchR1Options } from "./search-r1-agent.ts";

const documents = [
  { id: "1", title: "Hound", text: "A dog." },
  { id: "2", title: "House", text: "A home." },
];
const request = (id: string) => ({ id, prompt: [{ role: "user" as const, content: id }] });

function run(lines: Record<string, string[]>, options: Partial<SearchR1Options> = {}) {
  const queries: string[] = [];
  const stops: (readonly string[])[] = [];
  const continueText: Continue = async (requests, { stop, turn }) => {
    stops.push(stop);
    return requests.map(({ id }) => {
      const line = lines[id]![turn]!;
      return { text: line, stop: stop.some((text) => line.includes(text)) ? "stop" : "end" };
    });
  };
  const transcripts = runSearchR1(Object.keys(lines).map(request), {
    continueText,
    retrieve: async (asked) => {
      queries.push(...asked);
      return asked.map(() => documents.slice(0, 1));
    },
    ...{ topK: 1, maxSearches: 2, maxNewTokens: 9, ...options },
  });
  return { queries, stops, transcripts };
}

const found = "\n\n<information>Doc 1(Title: Hound) A dog.</information>\n\n";

describe("runSearchR1", () => {
  it("searches, observes, answers; each turn ends at its action", async () => {
    const { queries, stops, transcripts } = run({
      a: ["<think>x</think><search> hound </search>\n", "<answer>dog</answer> and so on"],
    });
    const [transcript] = await transcripts;
    expect(transcriptText(transcript!)).toBe(`<think>x</think><search> hound </search>${found}<answer>dog</answer>`);
    expect(transcript).toMatchObject({ searches: 1, invalid: 0, stop: "end" });
    expect(queries).toEqual(["hound"]);
    expect(stops).toEqual([
      ["</search>", "</answer>"],
      ["</search>", "</answer>"],
    ]);
  });

  it("tells a turn without an action so, and counts it; it is one of the turns", async () => {
    const { queries, transcripts } = run({ a: ["hm", "x</search>", "<search>late</search>"] });
    const [transcript] = await transcripts;
    expect(queries).toEqual([]);
    expect(transcript).toMatchObject({ searches: 0, invalid: 2, stop: "end" });
    expect(transcript!.segments.map(({ source }) => source)).toEqual([
      "model",
      "environment",
      "model",
      "environment",
      "model",
    ]);
    expect(transcript!.segments[1]!.text).toMatch(/^\nMy previous action is invalid\. .*Let me try again\.\n$/);
  });

  it("searches nothing in the last turn, and answers in the first where it can", async () => {
    const { queries, transcripts } = run({
      a: ["<search>1</search>", "<search>2</search>", "<search>3</search>"],
      b: ["<answer>1</answer>"],
    });
    const [spent, quick] = await transcripts;
    expect(queries).toEqual(["1", "2"]);
    expect(spent!.segments.at(-1)).toEqual({ text: "<search>3</search>", source: "model" });
    expect(quick).toMatchObject({ searches: 0, segments: [{ source: "model" }] });
  });

  it("takes the first action of a turn, an answer that holds a search as well", async () => {
    const { queries, transcripts } = run({ a: ["<answer>a</answer><search>q</search>"] });
    expect((await transcripts)[0]).toMatchObject({ searches: 0, stop: "end", invalid: 0 });
    expect(queries).toEqual([]);
  });

  it("has one turn without a retriever", async () => {
    const continueText: Continue = async () => [{ text: "<search>x", stop: "length" }];
    const [transcript] = await runSearchR1([request("a")], { continueText, maxSearches: 3, maxNewTokens: 1 });
    expect(transcript).toMatchObject({ searches: 0, invalid: 1, stop: "length" });
  });

  it("refuses ports that lose something", async () => {
    await expect(run({ a: ["x"] }, { continueText: async () => [] }).transcripts).rejects.toMatchObject({
      code: "E_PORT",
    });
    const { transcripts } = run({ a: ["<search>x</search>"] }, { retrieve: async () => [] });
    await expect(transcripts).rejects.toMatchObject({
      message: "retrieve: results — expected 1, one a query, got 0",
    });
  });

  it("ends for every script, each conversation as if it were alone", async () => {
    const line = fc.constantFrom("<search>q</search>", "text", "</search>", "<search>", "<answer>1</answer>");
    const scripts = fc.array(fc.array(line, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(scripts, async (all) => {
        const lines = Object.fromEntries(all.map((script, i) => [`c${i}`, script]));
        const together = await run(lines).transcripts;
        for (const [i, [id, script]] of Object.entries(lines).entries()) {
          expect(await run({ [id]: script }).transcripts).toEqual([together[i]]);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("observeWithin", () => {
  it("shortens from the end, and keeps the tags", () => {
    const whole = searchR1Observation(documents);
    const within = (limit: number) => observeWithin(limit, { documents, format: searchR1Observation });
    expect(within(Infinity)).toBe(whole);
    expect(within(whole.length - 3)).toBe(whole.replace("A home.", "A ho"));
    expect(within(whole.length - 7)).toBe(found);
    expect(within(1)).toBe("\n\n<information></information>\n\n");
  });

  it("is never longer than it may, nor cuts a character in two", () => {
    const passage = fc.record({ id: fc.string(), title: fc.string(), text: fc.string({ unit: "grapheme" }) });
    fc.assert(
      fc.property(fc.array(passage, { maxLength: 4 }), fc.nat(80), (passages, limit) => {
        const text = observeWithin(limit, { documents: passages, format: listPassages });
        expect(text.length).toBeLessThanOrEqual(limit);
        if (passages.every(({ title }) => title.isWellFormed())) expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
});
