import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPairs } from "./build-pairs.ts";
import type { Completion } from "./completion.ts";
import type { Item } from "./item.ts";
import { zeroCounts } from "./pair-counts.ts";
import { droppedBy, pairFilterOptions, type IsCorrect, type PairFilterOptionsInput } from "./pair-filters.ts";

const item: Item = { id: "q", prompt: [{ role: "user", content: "2 + 2" }], answers: ["4"] };
const isCorrect: IsCorrect = ({ answers }, text) => answers?.some((answer) => text.includes(answer)) ?? null;
const dropped = (chosen: Partial<Completion>, rejected: Partial<Completion>, filters: PairFilterOptionsInput) =>
  droppedBy(
    { item, chosen: { text: "x", finish: "stop", ...chosen }, rejected: { text: "y", finish: "stop", ...rejected } },
    pairFilterOptions.parse(filters),
    isCorrect,
  );
const off: PairFilterOptionsInput = { empty: false, identical: false };

describe("droppedBy", () => {
  it.each<[string, PairFilterOptionsInput, [Partial<Completion>, Partial<Completion>]]>([
    ["empty", { empty: true }, [{ text: " \n" }, {}]],
    ["identical", { identical: true }, [{ text: "same" }, { text: "same" }]],
    ["near_identical", { near_identical: 0.9 }, [{ text: "The answer  is four" }, { text: "the answer is four" }]],
    ["near_identical", { near_identical: 0.6 }, [{ text: "The answer is four" }, { text: "The answer is four." }]],
    ["truncated", { truncated: true }, [{}, { finish: "length" }]],
    ["truncated", { truncated: true }, [{ finish: "length" }, {}]],
    ["think_leak", { think_leak: true }, [{ text: "hm</think>4" }, {}]],
    ["think_leak", { think_leak: true }, [{}, { text: "<think>" }]],
    ["length_ratio", { length_ratio: 2 }, [{ text: "aaaaa" }, { text: "bb" }]],
    ["length_ratio", { length_ratio: 2 }, [{ text: "bb" }, { text: "aaaaa" }]],
    ["length_difference", { length_difference: 2 }, [{ text: "aaaaa" }, { text: "bb" }]],
    ["length_difference", { length_difference: 0 }, [{ text: "b" }, { text: "aa" }]],
    [
      "language",
      { language: true },
      [{ text: "It lies on the banks of the river Seine." }, { text: "它位于塞纳河畔，是法国的首都。" }],
    ],
    ["inverted", { inverted: true }, [{ text: "5" }, { text: "4" }]],
    ["both_wrong", { both_wrong: true }, [{ text: "5" }, { text: "6" }]],
  ])("drops %s where %j", (name, filters, [chosen, rejected]) => {
    expect(dropped(chosen, rejected, { ...off, ...filters })).toBe(name);
    expect(dropped(chosen, rejected, off)).toBeUndefined();
  });

  it.each<[PairFilterOptionsInput, Partial<Completion>, Partial<Completion>]>([
    [{ near_identical: 0.9 }, { text: "The answer is four" }, { text: "I cannot tell" }],
    [{ length_ratio: 2 }, { text: "aaaa" }, { text: "bb" }],
    [{ length_difference: 2 }, { text: "aaaa" }, { text: "bb" }],
    [{ think_leak: true }, { text: "I think", reasoning: "<think>" }, {}],
    [{ inverted: true, both_wrong: true }, { text: "4" }, { text: "5" }],
    [{ inverted: true, both_wrong: true }, { text: "it is 4" }, { text: "4" }],
    // What a search found is not the model's own.
    [{ length_ratio: 2 }, { text: "aaaa<information>much\nmore</information>" }, { text: "bb" }],
    [{ inverted: true }, { text: "5" }, { text: "<information>4</information> 5" }],
    [{ think_leak: true }, { text: "x<information><think></information>" }, {}],
  ])("keeps what is not meant: %j", (filters, chosen, rejected) => {
    expect(dropped(chosen, rejected, filters)).toBeUndefined();
  });

  it("judges nothing where no answer is known", () => {
    const candidate = {
      item: { id: "q", prompt: item.prompt },
      chosen: { text: "5", finish: "stop" },
      rejected: { text: "4", finish: "stop" },
    };
    const filters = pairFilterOptions.parse({ inverted: true, both_wrong: true });
    expect(droppedBy(candidate, filters, isCorrect)).toBeUndefined();
    expect(droppedBy(candidate, filters)).toBeUndefined();
  });

  it("counts each candidate once, whatever filters are on", () => {
    const text = fc.constantFrom("", "4", "5", "is it 4", "is it 4?", "<think>4");
    const filters = fc.record(
      {
        empty: fc.boolean(),
        identical: fc.boolean(),
        near_identical: fc.constantFrom(false as const, 0.5, 1),
        think_leak: fc.boolean(),
        length_ratio: fc.constantFrom(false as const, 1, 3),
        inverted: fc.boolean(),
        both_wrong: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), filters, (answers, filters) => {
        const { pairs, counts } = buildPairs({
          items: answers.map((_, i) => ({ ...item, id: String(i) })),
          chosen: { model: "a", responses: answers.map(([left]) => left) },
          rejected: { model: "b", responses: answers.map(([, right]) => right) },
          filters,
          isCorrect,
        });
        const { prompts, ...rest } = counts;
        expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(prompts);
        expect(counts.pairs).toBe(pairs.length);
        expect(Object.keys(counts)).toEqual(Object.keys(zeroCounts(pairFilterOptions.parse(filters))));
      }),
    );
  });
});
