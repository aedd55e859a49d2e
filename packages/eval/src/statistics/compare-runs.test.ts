import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { compareFamily, compareRuns, type Run, type ScoredItem } from "./compare-runs.ts";
import { mcnemarTest } from "./mcnemar.ts";

const options = { random: createRandom(1), draws: 500 };
/** Items of their own clusters with these scores. */
const items = (...scores: number[]): ScoredItem[] =>
  scores.map((score, i) => ({ id: `i${i}`, cluster: `i${i}`, score }));
const share = (n: number, from: number, to: number): number[] =>
  Array.from({ length: n }, (_, i) => Number(i >= from && i < to));

describe("compareRuns", () => {
  it("lists what flipped, and decides by McNemar with Holm over the tasks", () => {
    // gsm: 12 gained, 2 lost; arc: 3 gained, 3 lost.
    const base: Run = { gsm: items(...share(40, 0, 20)), arc: items(...share(30, 0, 10)) };
    const candidate: Run = { gsm: items(...share(40, 2, 32)), arc: items(...share(30, 3, 13)) };
    const { tasks, verdict, mean } = compareRuns({ base, candidate }, options);
    expect(tasks["gsm"]).toMatchObject({
      n: 40,
      base: 0.5,
      candidate: 0.75,
      test: "mcnemar",
      verdict: "better",
      pEquivalence: null,
    });
    expect(tasks["gsm"]!.difference.value).toBe(0.25);
    expect(tasks["gsm"]!.lost).toEqual(["i0", "i1"]);
    expect(tasks["gsm"]!.gained).toEqual(Array.from({ length: 12 }, (_, i) => `i${20 + i}`));
    expect(tasks["gsm"]!.p).toBe(mcnemarTest(12, 2));
    expect(tasks["gsm"]!.pHolm).toBe(2 * mcnemarTest(12, 2));
    expect(tasks["arc"]).toMatchObject({ p: 1, pHolm: 1, verdict: "undecided" });
    expect(verdict).toBe("better");
    expect(mean.value).toBe(0.125);
  });

  it("needs more where there are more tasks: Holm can take a verdict back", () => {
    const [low, high] = [items(...share(40, 0, 0)), items(...share(40, 0, 6))]; // p = 2/64 = 0.031
    expect(compareRuns({ base: { a: low }, candidate: { a: high } }, options).verdict).toBe("better");
    const two = { base: { a: low, b: low }, candidate: { a: high, b: low } };
    const undecided = compareRuns(two, options);
    expect(undecided.verdict).toBe("undecided");
    expect(undecided.tasks["a"]!.pHolm).toBeCloseTo(0.0625, 12);
    expect(compareRuns(two, { ...options, alpha: 0.1 }).verdict).toBe("better");
  });

  it("is worse, or mixed where tasks disagree, and changes sides with its sides", () => {
    const [low, high] = [items(...share(40, 0, 0)), items(...share(40, 0, 20))];
    expect(compareRuns({ base: { a: high }, candidate: { a: low } }, options).verdict).toBe("worse");
    const mixed = { base: { a: high, b: low }, candidate: { a: low, b: high } };
    expect(compareRuns(mixed, options).verdict).toBe("mixed");
  });

  it("is better with less where less is better, and the numbers are the same", () => {
    const runs = { base: { a: items(...share(40, 0, 20)) }, candidate: { a: items(...share(40, 0, 2)) } };
    const [more, less] = [compareRuns(runs, options), compareRuns(runs, { ...options, lowerIsBetter: true })];
    expect([more.verdict, less.verdict]).toEqual(["worse", "better"]);
    expect({ ...less, verdict: "", tasks: [] }).toEqual({ ...more, verdict: "", tasks: [] });
    expect(less.tasks["a"]).toEqual({ ...more.tasks["a"], verdict: "better" });
  });

  it("flips the signs of clusters where items share them or scores are graded", () => {
    const clustered = (...scores: number[]) => items(...scores).map((item, i) => ({ ...item, cluster: `c${i >> 3}` }));
    const comparison = compareRuns(
      { base: { a: clustered(...share(16, 0, 0)) }, candidate: { a: clustered(...share(16, 0, 16)) } },
      options,
    );
    // Two clusters that both gained: half of all sign patterns are as large, where McNemar on items would say 2⁻¹⁵.
    expect(comparison.tasks["a"]).toMatchObject({ test: "sign-flip", verdict: "undecided" });
    expect(comparison.tasks["a"]!.p).toBeGreaterThan(0.4);
    const graded = compareRuns({ base: { a: items(0.5, 0.25) }, candidate: { a: items(0.5, 1) } }, options);
    expect(graded.tasks["a"]).toMatchObject({ test: "sign-flip", gained: ["i1"], lost: [] });
  });

  it("finds equivalence only where it was asked for, and enough items speak for it", () => {
    const same = items(...share(400, 0, 200));
    const almost = items(...share(400, 1, 201));
    expect(compareRuns({ base: { a: same }, candidate: { a: almost } }, options).verdict).toBe("undecided");
    const asked = { ...options, margin: 0.05 };
    expect(compareRuns({ base: { a: same }, candidate: { a: almost } }, asked).verdict).toBe("equivalent");
    const few = { base: { a: items(...share(8, 0, 4)) }, candidate: { a: items(...share(8, 1, 5)) } };
    expect(compareRuns(few, asked).verdict).toBe("undecided");
  });

  it("pairs by id and does not depend on the order of tasks or items", () => {
    const base: Run = { a: items(1, 0, 1, 1), b: items(0.5, 0) };
    const candidate: Run = { a: items(0, 0, 1, 0), b: items(1, 0) };
    const turned = (run: Run): Run => ({ b: run["b"]!.toReversed(), a: run["a"]! });
    expect(compareRuns({ base: turned(base), candidate: turned(candidate) }, options)).toEqual(
      compareRuns({ base, candidate }, options),
    );
  });

  it("refuses tasks and items that are not the same, and nothing at all", () => {
    const twice = [...items(1), ...items(1)];
    const code = (base: Run, candidate: Run): unknown => {
      try {
        return compareRuns({ base, candidate }, options);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code({ a: items(1) }, { b: items(1) })).toBe("E_MISMATCH");
    expect(code({ a: items(1, 1) }, { a: items(1) })).toBe("E_MISMATCH");
    expect(code({ a: twice }, { a: twice })).toBe("E_MISMATCH");
    expect(code({}, {})).toBe("E_NO_ITEMS");
    expect(code({ a: [] }, { a: [] })).toBe("E_NO_ITEMS");
  });
});

describe("compareFamily", () => {
  const run = (scores: number[]) => ({ t: scores.map((score, i) => ({ id: `${i}`, cluster: `${i}`, score })) });
  const base = run([0, 0, 0, 0, 0, 0, 0, 1]);
  const better = run([1, 1, 1, 1, 1, 1, 1, 1]);

  it("adjusts p for every task of every candidate, and leaves the rest as it is", () => {
    const alone = compareRuns({ base, candidate: better }, options);
    const both = compareFamily({ base, candidates: { better, same: base } }, options);
    // Seven gained, none lost: 2 · 2⁻⁷.
    expect(alone.tasks["t"]!.pHolm).toBeCloseTo(0.015625, 12);
    expect(both["better"]!.tasks["t"]).toEqual({ ...alone.tasks["t"], pHolm: 2 * alone.tasks["t"]!.p });
    expect(both["same"]).toMatchObject({
      verdict: "undecided",
      tasks: { t: { p: 1, pHolm: 1, gained: [], lost: [] } },
    });
    expect(both["better"]!.mean).toEqual(alone.mean);
    const crowd = { better, one: base, two: base, three: base };
    expect(compareFamily({ base, candidates: crowd }, options)["better"]!.verdict).toBe("undecided");
    expect(compareFamily({ base, candidates: {} }, options)).toEqual({});
  });
});
