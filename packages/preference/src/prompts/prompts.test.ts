import { createRandom } from "@prefdelta/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Item } from "../item.ts";
import { jaccard, similarity } from "../similarity.ts";
import { decontaminatePrompts } from "./decontaminate.ts";
import { deduplicatePrompts } from "./deduplicate.ts";
import { bandKeys, minHash, rowsOfBand } from "./min-hash.ts";
import { samplePrompts } from "./sample-prompts.ts";

const ask = (id: string, content: string, system?: string): Item => ({
  id,
  prompt: [...(system === undefined ? [] : [{ role: "system" as const, content: system }]), { role: "user", content }],
});
const asks = (contents: readonly string[]): Item[] => contents.map((content, i) => ask(`q${i}`, content));
const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

describe("minHash", () => {
  it("agrees in as many places as the sets have in common, within four standard errors", () => {
    const range = (from: number, to: number) => new Set(Array.from({ length: to - from }, (_, i) => (from + i) * 7919));
    for (const shared of [0, 100, 300, 400]) {
      const [a, b] = [range(0, 400), range(400 - shared, 800 - shared)];
      const [left, right] = [minHash(a), minHash(b)];
      const agreement = left.filter((hash, i) => hash === right[i]).length / left.length;
      const expected = jaccard(a, b);
      expect(Math.abs(agreement - expected)).toBeLessThanOrEqual(4 * Math.sqrt((expected * (1 - expected)) / 128));
    }
  });

  it("has more and shorter bands for lower resemblance", () => {
    expect([0.99, 0.85, 0.7, 0.5, 0.3, 0.05].map(rowsOfBand)).toEqual([32, 8, 4, 2, 2, 1]);
    const keys = bandKeys(minHash(new Set([1, 2, 3])), 8);
    expect(new Set(keys).size).toBe(16);
  });
});

describe("deduplicatePrompts", () => {
  const long = "Explain in a few sentences why the sky appears blue at noon and red in the evening hours";

  it("keeps the first of equal and of nearly equal prompts, and says what went and why", () => {
    const items = asks(["Capital of France?", long, " capital  OF france?", `${long}.`, "Capital of Peru?"]);
    const { kept, dropped } = deduplicatePrompts(items);
    expect(ids(kept)).toEqual(["q0", "q1", "q4"]);
    expect(dropped).toEqual([
      { id: "q2", reason: "exact", of: "q0" },
      { id: "q3", reason: "near", of: "q1", similarity: similarity(long, `${long}.`) },
    ]);
    expect(ids(deduplicatePrompts(items, { near: false }).kept)).toEqual(["q0", "q1", "q3", "q4"]);
  });

  it("finds what comparing all with all finds, and drops nothing else", () => {
    const words = "the sky is blue why does light bend in water and glass".split(" ");
    const prompt = fc
      .array(fc.constantFrom(...words), { minLength: 6, maxLength: 14 })
      .map((chosen) => chosen.join(" "));
    const near = 0.7;
    let found = 0;
    let all = 0;
    fc.assert(
      fc.property(fc.array(prompt, { minLength: 2, maxLength: 30 }), fc.nat(12), (contents, cut) => {
        // Every prompt comes again without one word: many are near duplicates of their own.
        const again = contents.map((content) => content.split(" ").toSpliced(cut, 1).join(" "));
        const items = asks([...contents, ...again]);
        const { kept, dropped } = deduplicatePrompts(items, { near });
        expect(kept.length + dropped.length).toBe(items.length);
        const textOf = (id: string) => items.find((item) => item.id === id)!.prompt[0]!.content;
        for (const { id, of, reason, similarity: alike } of dropped)
          expect(similarity(textOf(id), textOf(of))).toBe(reason === "near" ? alike : 1);
        const missed = kept.filter((item, i) =>
          kept.slice(0, i).some((other) => similarity(textOf(item.id), textOf(other.id)) >= near),
        );
        found += dropped.length;
        all += dropped.length + missed.length;
      }),
      { numRuns: 30, seed: 5 },
    );
    expect(found).toBeGreaterThan(100);
    expect(found / all).toBeGreaterThan(0.98);
  });
});

describe("decontaminatePrompts", () => {
  const question = "Which of the two rivers that meet below the old town carries more water in spring?";

  it("drops prompts that share 13 words in a row with an evaluation item, punctuation and case aside", () => {
    const copied = `Tell me: ${question.toUpperCase().replaceAll(" ", ", ")} And why`;
    const cut = question.split(" ").slice(0, 12).join(" ");
    const { kept, dropped } = decontaminatePrompts(asks([copied, cut, "unrelated"]), [ask("eval", question)]);
    expect(ids(kept)).toEqual(["q1", "q2"]);
    expect(dropped).toEqual([
      {
        id: "q0",
        reason: "contaminated",
        of: "eval",
        shared: "which of the two rivers that meet below the old town carries more",
      },
    ]);
  });

  it("takes short items as a whole: with their signs", () => {
    const items = asks(["What is 2 + 2?", "what is  2 + 2?", "What is 2 - 2?", "Say: What is 2 + 2?"]);
    const { kept, dropped } = decontaminatePrompts(items, [ask("eval", "What is 2 + 2?")]);
    expect(ids(kept)).toEqual(["q2", "q3"]);
    expect(dropped.map(({ of }) => of)).toEqual(["eval", "eval"]);
  });

  it("does not look at system prompts, which training and evaluation may share", () => {
    const items = [ask("a", "one thing", question), ask("b", "Capital of France?", question)];
    const { kept } = decontaminatePrompts(items, [ask("eval", "capital of france?", question)]);
    expect(ids(kept)).toEqual(["a"]);
  });
});

describe("samplePrompts", () => {
  it("draws the same of the same seed, in order, without repeating", () => {
    const items = asks(Array.from({ length: 50 }, (_, i) => `${i}`));
    const drawn = samplePrompts(items, 10, createRandom(3));
    expect(drawn).toEqual(samplePrompts(items, 10, createRandom(3)));
    expect(drawn).not.toEqual(samplePrompts(items, 10, createRandom(4)));
    expect(ids(items).filter((id) => ids(drawn).includes(id))).toEqual(ids(drawn));
    expect(new Set(drawn).size).toBe(10);
    expect(samplePrompts(items, 100, createRandom(3))).toEqual(items);
  });
});
