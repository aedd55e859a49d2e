import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "./create-random.ts";

const draw = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.next());
const label = fc.oneof(fc.string(), fc.integer());

describe("createRandom", () => {
  it("gives the same stream for the same seed", () => {
    fc.assert(
      fc.property(label, (seed) => {
        expect(draw(createRandom(seed), 8)).toEqual(draw(createRandom(seed), 8));
      }),
    );
  });

  it('gives different streams for different seeds, and tells 1 from "1"', () => {
    expect(draw(createRandom(1), 4)).not.toEqual(draw(createRandom(2), 4));
    expect(draw(createRandom(1), 4)).not.toEqual(draw(createRandom("1"), 4));
  });

  it("never changes: streams are part of recipes", () => {
    expect(draw(createRandom(1), 3).map((x) => x * 2 ** 32)).toMatchInlineSnapshot(`
      [
        3964115898,
        1757159247,
        2002117824,
      ]
    `);
    expect(draw(createRandom("a").fork("b", 2), 3).map((x) => x * 2 ** 32)).toMatchInlineSnapshot(`
      [
        1955109613,
        705426308,
        429772748,
      ]
    `);
  });

  it("fills arrays with the same numbers, and goes on from there", () => {
    const [one, many] = [createRandom("words"), createRandom("words")];
    const words = new Uint32Array(1000);
    many.words!(words);
    expect([...words]).toEqual(draw(one, 1000).map((x) => x * 2 ** 32));
    expect(many.next()).toBe(one.next());
  });

  it("forks by label alone, not by what was drawn", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(label, { minLength: 1, maxLength: 3 }), fc.nat(20), (seed, labels, drawn) => {
        const random = createRandom(seed);
        const early = draw(random.fork(...labels), 4);
        draw(random, drawn);
        expect(draw(random.fork(...labels), 4)).toEqual(early);
      }),
    );
  });

  it("forks in steps or at once alike, and no two label lists share a stream", () => {
    const random = createRandom(3);
    expect(draw(random.fork("a").fork(1), 4)).toEqual(draw(random.fork("a", 1), 4));
    const streams = [["a", "b"], ["ab"], ["b", "a"], ["a", "b", ""], [1, 2], [12], ["1", "2"]];
    expect(new Set(streams.map((labels) => draw(random.fork(...labels), 2).join())).size).toBe(streams.length);
  });

  it("is uniform: 16 bins of 80,000 draws by the χ² test", () => {
    const bins = new Float64Array(16);
    for (const x of draw(createRandom("uniform"), 80_000)) bins[Math.floor(x * 16)]!++;
    const chiSquared = bins.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
    expect(chiSquared).toBeLessThan(37.7); // 99.9 % point at 15 degrees of freedom
  });

  it("forks of consecutive numbers are uncorrelated at their first draw", () => {
    const random = createRandom("forks");
    const firsts = Array.from({ length: 20_000 }, (_, i) => random.fork(i).next());
    const mean = firsts.reduce((a, b) => a + b) / firsts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / firsts.length));
    let lag = 0;
    for (let i = 1; i < firsts.length; i++) lag += (firsts[i]! - 0.5) * (firsts[i - 1]! - 0.5);
    expect(Math.abs((lag * 12) / firsts.length)).toBeLessThan(4 / Math.sqrt(firsts.length));
  });
});
