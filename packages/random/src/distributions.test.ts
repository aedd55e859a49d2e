import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "./create-random.ts";
import { choice, integer, normal, sample, shuffle } from "./distributions.ts";

describe("integer", () => {
  it("stays in range and reaches both ends", () => {
    const random = createRandom(1);
    const seen = new Set(Array.from({ length: 500 }, () => integer(random, 7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("takes no draw that would favour small numbers", () => {
    const words = [2 ** 32 - 1, 5]; // 2³² − 1 lies above the last multiple of 3
    const random = { next: () => words.shift()! / 2 ** 32, fork: () => random };
    expect(integer(random, 3)).toBe(2);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses %s", (n) => expect(() => integer(createRandom(1), n)).toThrow(RangeError));
});

describe("normal", () => {
  it("has the moments of a standard normal", () => {
    const random = createRandom("normal");
    const n = 40_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = normal(random);
      moments.forEach((_, k) => (moments[k]! += x ** (k + 1) / n));
    }
    // four standard errors: √(1/n), √(2/n), √(15/n), √(96/n)
    expect(Math.abs(moments[0]!)).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moments[1]! - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moments[2]!)).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moments[3]! - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });
});

describe("shuffle, sample, choice", () => {
  const items = fc.array(fc.integer());

  it("keeps every item and leaves the array alone", () => {
    fc.assert(
      fc.property(items, fc.integer(), (list, seed) => {
        const before = [...list];
        expect(shuffle(createRandom(seed), list).sort()).toEqual([...list].sort());
        expect(list).toEqual(before);
      }),
    );
  });

  it("makes every order of three equally likely", () => {
    const random = createRandom("orders");
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffle(random, [1, 2, 3]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquared).toBeLessThan(20.5); // 99.9 % point at 5 degrees of freedom
  });

  it("samples different places", () => {
    const drawn = sample(createRandom(4), [1, 2, 3, 4, 5], 3);
    expect(new Set(drawn).size).toBe(3);
    expect(() => sample(createRandom(4), [1], 2)).toThrow("expected 0 … 1, got 2");
  });

  it("chooses among what is there", () => {
    expect(["a", "b"]).toContain(choice(createRandom(1), ["a", "b"]));
    expect(() => choice(createRandom(1), [])).toThrow(RangeError);
  });
});
