import { createRandom } from "@prefdelta/random";
import { describe, expect, test } from "vitest";
import { loadDataset } from "../dataset.ts";
import { documentStream } from "./document-stream.ts";
import type { Mixture } from "./mixture.ts";
import { drawDocuments, sourceNames } from "./mixture.ts";

const dataset = loadDataset();
const everywhere = (share: number): Mixture["worked"] => ({ facts: share, sums: share, search: share });
const draw = (mixture: Mixture, count: number): string[] => [
  ...drawDocuments(dataset, mixture, createRandom(7)).take(count),
];

test("a seed fixes the stream, and another seed makes another", () => {
  const first = (seed: number): string[] => [...documentStream(dataset, "strong", seed).take(50)];
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});

test("sources come in the proportions asked for", () => {
  const documents = draw({ weights: { sums: 3, passages: 1 }, worked: everywhere(0) }, 4000);
  const sums = documents.filter((document) => document.includes("What is")).length;
  // Four standard deviations of a binomial share of 0.75 at n = 4,000: 0.027.
  expect([sums / 4000]).toBeAllClose([0.75], { atol: 0.027 });
  expect(documents.every((document) => document.endsWith("<|end|>"))).toBe(true);
});

describe.each(sourceNames)("%s", (source) => {
  test("is the only source when it is the only one with a weight", () => {
    const marks = {
      statements: / of .* is |is the .* of /,
      facts: / has the country with /,
      sums: / What is \d/,
      search: / does [a-z]+ belong to\?/,
      passages: /^ [a-z]+\. .*meaning: /,
    };
    for (const document of draw({ weights: { [source]: 1 }, worked: everywhere(0.5) }, 200))
      expect(document).toMatch(marks[source]);
  });
});

test("answers are worked in the share asked for, and openers tell skill and mode", () => {
  const documents = draw({ weights: { facts: 1, sums: 1, search: 1 }, worked: everywhere(0.3) }, 6000);
  const openers = { facts: / So</, sums: /=</, search: /<answer> [^<]*<\/answer><\|end\|>$/ };
  const direct = documents.filter((document) => {
    const answer = document.split("<|assistant|>")[1] ?? "";
    return /^( So|=|)<answer>/.test(answer);
  });
  expect(Object.values(openers).every((opener) => direct.some((document) => opener.test(document)))).toBe(true);
  // Four standard deviations of a binomial share of 0.7 at n = 6,000: 0.024.
  expect([direct.length / 6000]).toBeAllClose([0.7], { atol: 0.024 });
});

test("where both modes occur, a word is either looked up or answered from memory, never both", () => {
  const modes = new Map<string, Set<boolean>>();
  for (const document of draw({ weights: { search: 1 }, worked: everywhere(0.3) }, 5000)) {
    const word = / does ([a-z]+) belong/.exec(document)?.[1] ?? "";
    modes.set(word, (modes.get(word) ?? new Set()).add(document.includes("<search>")));
  }
  const looked = [...modes.values()].filter((mode) => mode.has(true)).length;
  expect([...modes.values()].every(({ size }) => size === 1)).toBe(true);
  expect(looked / modes.size).toBeGreaterThan(0.3);
  const alwaysSearching = draw({ weights: { search: 1 }, worked: everywhere(1) }, 3000);
  const words = new Set(alwaysSearching.map((document) => / does ([a-z]+) belong/.exec(document)?.[1] ?? ""));
  expect([...words].some((word) => modes.get(word)?.has(false))).toBe(true);
});

test("a mixture without weights is an error", () => {
  expect(() => draw({ weights: {}, worked: everywhere(0) }, 1)).toThrow(RangeError);
});
