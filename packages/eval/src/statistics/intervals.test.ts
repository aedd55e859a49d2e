import { createRandom } from "@prefdelta/random";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemResult } from "../evaluate.ts";
import { gatherClusters, quantile } from "./clusters.ts";
import { compareSkills, scoreItems, scoreSkills } from "./intervals.ts";

const result = (id: string, cluster: string, correct: boolean): ItemResult => ({
  id,
  cluster,
  correct,
  prediction: null,
  answers: ["x"],
  searches: 0,
  truncated: false,
});
/** Items of their own clusters, `right` of `n` correct. */
const independent = (n: number, right: number): ItemResult[] =>
  Array.from({ length: n }, (_, i) => result(`i${i}`, `c${i}`, i < right));
const options = { random: createRandom(1) };

describe("quantile", () => {
  it("is linear between neighbours", () => {
    expect(quantile([0, 1, 2, 3], 0.5)).toBe(1.5);
    expect(quantile([5], 0.975)).toBe(5);
    expect([quantile([1, 2, 9], 0), quantile([1, 2, 9], 1)]).toEqual([1, 9]);
  });
});

describe("gatherClusters", () => {
  it("sums within clusters", () => {
    const values = [
      { cluster: "a", value: 1 },
      { cluster: "b", value: 0 },
      { cluster: "a", value: 1 },
    ];
    expect(gatherClusters(values)).toEqual([
      { sum: 2, count: 2 },
      { sum: 0, count: 1 },
    ]);
  });
});

describe("scoreItems", () => {
  it("has the binomial's interval for independent items", () => {
    const { n, value, low, high } = scoreItems(independent(400, 100), options);
    expect([n, value]).toEqual([400, 0.25]);
    // ±1.96 √(p(1−p)/n) = ±0.0424
    expect(low).toBeCloseTo(0.25 - 0.0424, 2);
    expect(high).toBeCloseTo(0.25 + 0.0424, 2);
  });

  it("is wider where items come in clusters that stand or fall together", () => {
    const clustered = independent(400, 100).map((item, i) => ({ ...item, cluster: `c${Math.floor(i / 10)}` }));
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const ratio = width(scoreItems(clustered, options)) / width(scoreItems(independent(400, 100), options));
    expect(ratio).toBeGreaterThan(2.5); // √10 for whole clusters
    expect(ratio).toBeLessThan(3.8);
  });

  it("has the percentiles of a resampling that can be counted by hand", () => {
    // Six clusters of one item, one correct: means k/6, k ~ Binomial(6, 1/6). P(k = 0) = 0.335, P(k ≤ 2) = 0.938, P(k ≤ 3) = 0.991.
    expect(scoreItems(independent(6, 1), options)).toEqual({ n: 6, value: 1 / 6, low: 0, high: 0.5 });
    // Clusters of 1 correct and of 3 wrong items: a mean over items, not over clusters. Draws: 1, 1/4 (twice as likely), 0.
    const uneven = [result("a", "x", true), ...["b", "c", "d"].map((id) => result(id, "y", false))];
    expect(scoreItems(uneven, options)).toEqual({ n: 4, value: 0.25, low: 0, high: 1 });
  });

  it("is certain where all agree", () => {
    expect(scoreItems(independent(10, 10), options)).toEqual({ n: 10, value: 1, low: 1, high: 1 });
  });

  it("does not depend on the order of items", () => {
    const items = independent(60, 20).map((item, i) => ({ ...item, cluster: `c${i % 13}` }));
    expect(scoreItems(items.toReversed(), options)).toEqual(scoreItems(items, options));
  });

  it("refuses to score nothing", () => {
    expect(() => scoreItems([], options)).toThrow(expect.objectContaining({ code: "E_NO_ITEMS" }));
    expect(() => scoreSkills({}, options)).toThrow(expect.objectContaining({ code: "E_NO_ITEMS" }));
    expect(() => scoreSkills({ a: [] }, options)).toThrow(expect.objectContaining({ code: "E_NO_ITEMS" }));
  });

  it("holds its value and repeats by its seed", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), fc.integer(), (outcomes, seed) => {
        const items = outcomes.map((correct, i) => result(`${i}`, `${i % 7}`, correct));
        const score = scoreItems(items, { random: createRandom(seed), draws: 200 });
        expect(score).toEqual(scoreItems(items, { random: createRandom(seed), draws: 200 }));
        expect(score.low).toBeGreaterThanOrEqual(0);
        expect(score.low).toBeLessThanOrEqual(score.high);
        expect(score.high).toBeLessThanOrEqual(1);
        expect(score.value).toBeCloseTo(outcomes.filter(Boolean).length / outcomes.length, 10);
      }),
    );
  });
});

describe("scoreSkills", () => {
  it("weighs skills alike, whatever their size", () => {
    const { value } = scoreSkills({ small: independent(10, 10), large: independent(1000, 0) }, options);
    expect(value).toBe(0.5);
  });

  it("does not depend on the order of skills", () => {
    const [a, b] = [independent(30, 10), independent(50, 40)];
    expect(scoreSkills({ b, a }, options)).toEqual(scoreSkills({ a, b }, options));
  });

  it("resamples within skills: two sure skills leave no doubt about their mean", () => {
    const sure = scoreSkills({ a: independent(10, 10), b: independent(10, 0) }, options);
    expect(sure).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
  });
});

describe("compareSkills", () => {
  it("finds a difference that is there", () => {
    const { value, low, high, p } = compareSkills({ a: independent(200, 150) }, { a: independent(200, 100) }, options);
    expect(value).toBeCloseTo(0.25, 10);
    expect(low).toBeGreaterThan(0.18);
    expect(high).toBeLessThan(0.32);
    // No flip of 50 equal signs is as large; with the 2000 draws made, the observed one is counted.
    expect(p).toBe(1 / 2001);
  });

  it("gives the exact p of a case that can be counted by hand", () => {
    // Three clusters, all better by one: of 8 sign patterns, two are as large.
    const precise = { ...options, draws: 20_000 }; // sd of p: 0.003
    expect([compareSkills({ a: independent(3, 3) }, { a: independent(3, 0) }, precise).p]).toBeAllClose([0.25], {
      rtol: 0,
      atol: 0.015,
    });
    // The same three items in one cluster: their signs flip together, so both patterns are as large.
    const together = (right: number) => independent(3, right).map((item) => ({ ...item, cluster: "one" }));
    expect(compareSkills({ a: together(3) }, { a: together(0) }, precise).p).toBe(1);
    // Two skills of one cluster each, better by 1 and by 0: every pattern is as large. Better by 1 and by 1: two of four.
    const [one, none] = [independent(1, 1), independent(1, 0)];
    expect(compareSkills({ a: one, b: one }, { a: none, b: one }, precise).p).toBe(1);
    expect([compareSkills({ a: one, b: one }, { a: none, b: none }, precise).p]).toBeAllClose([0.5], {
      rtol: 0,
      atol: 0.015,
    });
  });

  it("is calm where there is none", () => {
    const a = independent(100, 50);
    const same = compareSkills({ a }, { a }, options);
    expect(same).toEqual({ value: 0, low: 0, high: 0, p: 1 });
  });

  it("changes sign with its sides, p apart", () => {
    const [a, b] = [{ s: independent(50, 30) }, { s: independent(50, 20) }];
    const [forth, back] = [compareSkills(a, b, options), compareSkills(b, a, options)];
    expect(back.value).toBeCloseTo(-forth.value, 12);
    expect(back.low).toBeCloseTo(-forth.high, 12);
    expect(back.p).toBe(forth.p);
  });

  it("pairs items by id, not by place", () => {
    const a = independent(20, 10);
    expect(compareSkills({ a }, { a: a.toReversed() }, options).value).toBe(0);
  });

  it("refuses other skills and items that repeat", () => {
    const a = independent(2, 1);
    const mismatch = (message: string) => expect.objectContaining({ code: "E_MISMATCH", message }) as Error;
    expect(() => compareSkills({ a }, { a, b: a }, options)).toThrow(
      mismatch("compare: skills — expected on both sides: b"),
    );
    const twice = [a[0]!, a[0]!];
    expect(() => compareSkills({ a: twice }, { a: twice }, options)).toThrow(
      mismatch("compare: a — expected the same items on both sides, got 2 and 2, ids that repeat"),
    );
    expect(() => compareSkills({ a: [] }, { a: [] }, options)).toThrow(expect.objectContaining({ code: "E_NO_ITEMS" }));
  });

  it("has few small p-values where two models are equal", () => {
    const random = createRandom("null");
    const coin = (label: string) => {
      const own = random.fork(label);
      return Array.from({ length: 60 }, (_, i) => result(`${i}`, `${i % 20}`, own.next() < 0.5));
    };
    const trials = 100;
    const small = Array.from({ length: trials }, (_, i) =>
      compareSkills({ a: coin(`a${i}`) }, { a: coin(`b${i}`) }, { random: random.fork(i), draws: 199 }),
    ).filter(({ p }) => p <= 0.1);
    // Binomial(100, 0.1): mean 10, sd 3.
    expect(small.length).toBeLessThanOrEqual(19);
    expect(small.length).toBeGreaterThanOrEqual(2);
  });

  it("refuses other items", () => {
    expect(() => compareSkills({ a: independent(3, 1) }, { a: independent(2, 1) }, options)).toThrow(
      expect.objectContaining({ code: "E_MISMATCH", message: expect.stringContaining("unmatched: i2") as string }),
    );
  });
});
