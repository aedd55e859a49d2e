import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPairs } from "./build-pairs.ts";
import { PreferenceError } from "./errors.ts";
import type { Item } from "./item.ts";

const itemsOf = (n: number): Item[] =>
  Array.from({ length: n }, (_, i) => ({ id: `q${i}`, prompt: [{ role: "user", content: `Question ${i}?` }] }));

describe("buildPairs", () => {
  it("pairs the stronger model's answer with the weaker's", () => {
    const built = buildPairs({
      items: itemsOf(1),
      chosen: { model: "weak", responses: ["<answer>4</answer>"] },
      rejected: { model: "weaker", responses: ["<answer>5</answer>"] },
    });
    expect(built).toEqual({
      pairs: [
        {
          prompt: [{ role: "user", content: "Question 0?" }],
          chosen: [{ role: "assistant", content: "<answer>4</answer>" }],
          rejected: [{ role: "assistant", content: "<answer>5</answer>" }],
          prompt_id: "q0",
          chosen_model: "weak",
          rejected_model: "weaker",
        },
      ],
      counts: { prompts: 1, pairs: 1, identical: 0, empty: 0 },
    });
  });

  it("drops identical and blank answers and says how many; two blanks are empty, not identical", () => {
    const { pairs, counts } = buildPairs({
      items: itemsOf(6),
      chosen: { model: "a", responses: ["same", "", "x", " \n", "x ", "left"] },
      rejected: { model: "b", responses: ["same", "y", "\t", " \n", "x", "right"] },
    });
    expect(pairs.map((pair) => pair.prompt_id)).toEqual(["q4", "q5"]);
    expect(counts).toEqual({ prompts: 6, pairs: 2, identical: 1, empty: 3 });
  });

  it("leaves answers and clusters out of the rows", () => {
    const items = [{ ...itemsOf(1)[0]!, answers: ["gold"], cluster: "France" }];
    const { pairs } = buildPairs({
      items,
      chosen: { model: "a", responses: ["x"] },
      rejected: { model: "b", responses: ["y"] },
    });
    expect(JSON.stringify(pairs)).not.toMatch(/gold|France/);
  });

  it("names every side that did not answer all items", () => {
    const build = () =>
      buildPairs({
        items: itemsOf(2),
        chosen: { model: "weak", responses: ["x"] },
        rejected: { model: "weaker", responses: ["x", "y", "z"] },
      });
    expect(build).toThrow(PreferenceError);
    expect(build).toThrow(
      expect.objectContaining({
        code: "E_RESPONSES",
        problems: [
          "chosen.responses — expected 2, one for each item, got 1 from weak",
          "rejected.responses — expected 2, one for each item, got 3 from weaker",
        ],
      }) as Error,
    );
  });

  it("accounts for every prompt, keeps their order, and swaps with its sides", () => {
    const text = fc.constantFrom("", " ", "a", "b", "a ");
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (answers) => {
        const items = itemsOf(answers.length);
        const chosen = { model: "a", responses: answers.map(([left]) => left) };
        const rejected = { model: "b", responses: answers.map(([, right]) => right) };
        const there = buildPairs({ items, chosen, rejected });
        const back = buildPairs({ items, chosen: rejected, rejected: chosen });
        const { prompts, pairs, identical, empty } = there.counts;
        expect(pairs + identical + empty).toBe(prompts);
        expect(there.pairs).toHaveLength(pairs);
        expect(back.counts).toEqual(there.counts);
        expect(back.pairs.map((pair) => pair.rejected)).toEqual(there.pairs.map((pair) => pair.chosen));
        const places = there.pairs.map((pair) => items.findIndex(({ id }) => id === pair.prompt_id));
        expect(places).toEqual(places.toSorted((i, j) => i - j));
        for (const pair of there.pairs) expect(pair.chosen).not.toEqual(pair.rejected);
      }),
    );
  });
});
