import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equivalenceTest } from "./equivalence.ts";
import { holm } from "./holm.ts";
import { mcnemarTest } from "./mcnemar.ts";
import { studentUpperTail } from "./student-t.ts";

interface Golden {
  mcnemar: { gained: number; lost: number; p: number }[];
  holm: { p: number[]; adjusted: number[] }[];
  tail: { t: number; df: number; p: number }[];
  tost: { differences: number[]; margin: number; p: number }[];
}
// tooling/peers/statistics_golden.py
const golden = JSON.parse(readFileSync(new URL("../__fixtures__/statistics.json", import.meta.url), "utf8")) as Golden;
const near = { rtol: 1e-9, atol: 1e-300 };
const alone = (values: readonly number[]) => values.map((value, i) => ({ cluster: `${i}`, value }));

describe("mcnemarTest", () => {
  it("is statsmodels' exact test", () => {
    const ours = golden.mcnemar.map(({ gained, lost }) => mcnemarTest(gained, lost));
    expect(ours).toBeAllClose(
      golden.mcnemar.map(({ p }) => p),
      near,
    );
  });

  it("counts coin throws: 5 of 5 heads or tails is 2/32", () => {
    expect(mcnemarTest(5, 0)).toBeCloseTo(2 / 32, 12);
    expect(mcnemarTest(0, 0)).toBe(1);
    expect(mcnemarTest(0, 2000)).toBe(0); // 2⁻¹⁹⁹⁹ is no double
  });

  it("does not mind which side gains, and falls as they part", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (a, b) => {
        expect(mcnemarTest(a, b)).toBe(mcnemarTest(b, a));
        if (a >= b && b > 0) expect(mcnemarTest(a + 1, b - 1)).toBeLessThan(mcnemarTest(a, b) + 1e-12);
      }),
    );
  });
});

describe("holm", () => {
  it("is statsmodels' adjustment", () => {
    for (const { p, adjusted } of golden.holm) expect(holm(p)).toBeAllClose(adjusted, near);
  });

  it("follows its places and never lowers a p", () => {
    expect(holm([])).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (p) => {
        const adjusted = holm(p);
        expect(adjusted.every((value, i) => value >= p[i]! && value <= 1)).toBe(true);
        expect(holm(p.toReversed())).toEqual(adjusted.toReversed());
      }),
    );
  });
});

describe("studentUpperTail", () => {
  it("is scipy's", () => {
    const ours = golden.tail.map(({ t, df }) => studentUpperTail(t, df));
    expect(ours).toBeAllClose(
      golden.tail.map(({ p }) => p),
      { rtol: 1e-9, atol: 1e-300 },
    );
  });
});

describe("equivalenceTest", () => {
  it("is statsmodels' paired TOST where items stand alone", () => {
    const ours = golden.tost.map(({ differences, margin }) => equivalenceTest(alone(differences), margin));
    expect(ours).toBeAllClose(
      golden.tost.map(({ p }) => p),
      { rtol: 1e-8, atol: 1e-15 },
    );
    expect(Math.min(...ours)).toBeLessThan(0.01);
    expect(Math.max(...ours)).toBeGreaterThan(0.3);
  });

  it("knows no more from items that repeat within their clusters", () => {
    const values = golden.tost[1]!.differences;
    const repeated = values.flatMap((value, i) => [0, 1, 2].map(() => ({ cluster: `${i}`, value })));
    expect(equivalenceTest(repeated, 0.1)).toBeCloseTo(equivalenceTest(alone(values), 0.1), 12);
    expect(equivalenceTest(alone(repeated.map(({ value }) => value)), 0.5)).toBeLessThan(
      equivalenceTest(repeated, 0.5),
    );
  });

  it("says nothing of one cluster, and all of differences that do not vary", () => {
    expect(equivalenceTest([{ cluster: "a", value: 0 }], 0.1)).toBe(1);
    expect(equivalenceTest(alone([0, 0, 0]), 0.1)).toBe(0);
    expect(equivalenceTest(alone([0.5, 0.5]), 0.1)).toBe(1);
  });
});
