import { createRandom } from "@prefdelta/random";
import fc from "fast-check";
import { expect, it } from "vitest";
import { mixPairs } from "./mix-pairs.ts";

const count = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}
const mix = (sources: readonly [number[], number][], seed = 1): Promise<number[]> =>
  all(
    mixPairs(
      sources.map(([pairs, weight]) => ({ read: () => pairs, weight })),
      createRandom(seed),
    ),
  );

it("takes whole copies in order, and draws the rest", async () => {
  expect(await mix([[[1, 2], 1]])).toEqual([1, 2]);
  expect(
    await mix([
      [[1, 2], 2],
      [[3], 1],
    ]),
  ).toEqual([1, 2, 1, 2, 3]);
  const half = await mix([[count(10), 1.5]]);
  expect(half.slice(0, 10)).toEqual(count(10));
  expect(half.slice(10)).toHaveLength(5);
});

it("gives each source its share, each of its pairs at most once more than any other", async () => {
  const weight = fc.double({ min: 0, max: 3, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), weight), { maxLength: 4 }), async (sources) => {
      const mixed = await mix(sources.map(([n, w], i) => [count(n, 100 * i), w]));
      sources.forEach(([n, w], i) => {
        const own = mixed.filter((pair) => Math.floor(pair / 100) === i);
        expect(Math.abs(own.length - n * w)).toBeLessThanOrEqual(0.5 + 1e-9);
        const times = count(n, 100 * i).map((pair) => own.filter((one) => one === pair).length);
        expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
      });
    }),
  );
});

it("draws by the seed, whatever the other sources are", async () => {
  const third = await mix([[count(30), 1 / 3]]);
  expect(await mix([[count(30), 1 / 3]])).toEqual(third);
  const beside = await mix([
    [count(30), 1 / 3],
    [count(9), 2],
  ]);
  expect(beside.slice(0, 10)).toEqual(third);
  expect(await mix([[count(30), 1 / 3]], 2)).not.toEqual(third);
});

it("reads a source again for each copy, and refuses one that has changed", async () => {
  let times = 0;
  const read = (): number[] => count(4 + times++);
  const mixed = all(mixPairs([{ read, weight: 1.5 }], createRandom(1)));
  await expect(mixed).rejects.toMatchObject({
    code: "E_ROW",
    message: "source 1 of the mix: expected 4 pairs, as before, got 5",
  });
});
