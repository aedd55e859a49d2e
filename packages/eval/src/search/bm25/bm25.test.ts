import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyse, splitWords, stemWord } from "./analyse.ts";
import { type Bm25Options, buildBm25 } from "./build-index.ts";
import { forwardList } from "./forward-list.ts";
import { createBm25Search, scorePassages } from "./search-index.ts";

interface Golden {
  stems: Record<string, string>;
  texts: string[];
  queries: string[];
  runs: { k1: number; b: number; scores: number[][] }[];
}
// tooling/peers/bm25_golden.py
const golden = JSON.parse(readFileSync(new URL("../../__fixtures__/bm25.json", import.meta.url), "utf8")) as Golden;

const indexOf = (texts: readonly string[], options?: Bm25Options) => {
  const builder = buildBm25(options);
  for (const text of texts) builder.add(text);
  return builder.finish();
};
const allScores = async (texts: readonly string[], query: string, options?: Bm25Options): Promise<number[]> => {
  const scores = new Float32Array(texts.length);
  await scorePassages(indexOf(texts, options), query, scores);
  return [...scores];
};

describe("analyse", () => {
  it("takes runs of two or more letters, digits and underscores, of any script", () => {
    expect(splitWords("A well-known x_y, don't: 3rd CO2!")).toEqual(["well", "known", "x_y", "don", "3rd", "co2"]);
    expect(splitWords("Zürich 東京 e\u0301té")).toEqual(["zürich", "東京", "té"]);
  });

  it("stems as the reference, stop words left out", () => {
    const words = Object.keys(golden.stems).filter((word) => stemWord(word) !== null);
    expect(Object.fromEntries(words.map((word) => [word, stemWord(word)]))).toEqual(
      Object.fromEntries(words.map((word) => [word, golden.stems[word]])),
    );
    expect(words.length).toBeGreaterThan(70);
    expect(analyse("The apologies of the pony, and THE ponies")).toEqual(["apolog", "poni", "poni"]);
  });
});

describe("buildBm25", () => {
  it.each(golden.runs)("scores as bm25s, k1 = $k1, b = $b", async ({ k1, b, scores }) => {
    for (const [i, query] of golden.queries.entries()) {
      // Float32 sums, and seven decimals in the golden.
      expect(await allScores(golden.texts, query, { k1, b })).toBeAllClose(scores[i]!, { rtol: 1e-6, atol: 1e-6 });
    }
    expect(scores.flat().filter((score) => score > 0).length).toBeGreaterThan(50);
  });

  it("gives the score that can be counted by hand", async () => {
    // N = 2, "dog" in one of them twice; lengths 3 and 1, mean 2: ln(1 + 1.5/1.5) · 2/(2 + 0.9(0.6 + 0.4·1.5))
    const [first, second] = await allScores(["dog dog cat", "cat"], "dogs");
    expect(first).toBeCloseTo((Math.LN2 * 2) / (2 + 0.9 * (0.6 + 0.6)), 6);
    expect(second).toBe(0);
  });
});

describe("forwardList", () => {
  it("gives back what passages held, over the ends of its blocks, frequencies to 65535", () => {
    const list = forwardList();
    const sizes = [0, 700_000, 1, 400_000, 0]; // a block holds 2²⁰
    for (const size of sizes) {
      for (let term = 0; term < size; term++) list.push(term, term + 1);
      list.endPassage();
    }
    const counts = sizes.map(() => 0);
    let wrong = 0;
    list.drain((passage, term, frequency) => {
      if (term !== counts[passage]! || frequency !== Math.min(term + 1, 65_535)) wrong++;
      counts[passage]!++;
    });
    expect(counts).toEqual(sizes);
    expect(wrong).toBe(0);
  });
});

describe("createBm25Search", () => {
  it("gives the best first, the earlier of equals, and none that shares nothing", async () => {
    const search = createBm25Search(indexOf(["cat", "dog", "dog dog", "dog", "bird"]));
    expect((await search("dog", 10)).map(({ document }) => document)).toEqual([2, 1, 3]);
    expect((await search("dog", 2)).map(({ document }) => document)).toEqual([2, 1]);
    expect(await search("the fish", 3)).toEqual([]);
    expect(await search("dog", 0)).toEqual([]);
  });

  it("keeps queries that are asked at once apart", async () => {
    const search = createBm25Search(indexOf(["cat", "dog", "bird cat"]));
    const queries = ["cat", "dog", "bird", "dog cat", "fish"];
    const together = await Promise.all(queries.map((query) => search(query, 2)));
    for (const [i, query] of queries.entries()) expect(together[i]).toEqual(await search(query, 2));
    expect(together.map((hits) => hits.map(({ document }) => document))).toEqual([[0, 2], [1], [2], [1, 0], []]);
  });

  it("is the head of the sorted scores", async () => {
    const text = fc
      .array(fc.constantFrom("dog", "cat", "bird", "fish"), { minLength: 1, maxLength: 6 })
      .map((w) => w.join(" "));
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 30 }),
        text,
        fc.integer({ min: 1, max: 8 }),
        async (texts, query, topK) => {
          const scores = await allScores(texts, query);
          const expected = scores
            .map((score, document) => ({ document, score }))
            .filter(({ score }) => score > 0)
            .toSorted((x, y) => y.score - x.score || x.document - y.document)
            .slice(0, topK);
          expect(await createBm25Search(indexOf(texts))(query, topK)).toEqual(expected);
        },
      ),
    );
  });
});
