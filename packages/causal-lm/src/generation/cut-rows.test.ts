import fc from "fast-check";
import { expect, it } from "vitest";
import { type Cut, cutRows } from "./cut-rows.ts";

it("takes what fits, one row at least, and no row more", () => {
  const sizes = [3, 3, 3, 9, 1, 1, 1, 1];
  const fits = ({ start, end }: Cut): boolean => sizes.slice(start, end).reduce((a, b) => a + b) <= 6;
  expect(cutRows(sizes.length, fits).map(({ start, end }) => sizes.slice(start, end))).toEqual([
    [3, 3],
    [3],
    [9],
    [1, 1, 1, 1],
  ]);
  expect(cutRows(0, fits)).toEqual([]);
});

it("covers all rows in order, in runs that fit or have one row, and in as few as can be", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 40 }), (sizes, room) => {
      // A padded batch: every row is as long as the longest.
      const fits = ({ start, end }: Cut): boolean => (end - start) * Math.max(...sizes.slice(start, end)) <= room;
      const runs = cutRows(sizes.length, fits);
      expect(runs.flatMap(({ start, end }) => sizes.slice(start, end))).toEqual(sizes);
      for (const run of runs) expect(fits(run) || run.end - run.start === 1).toBe(true);
      // Fewest by looking at all ways to cut.
      const least = [0];
      for (let end = 1; end <= sizes.length; end++) {
        const starts = Array.from({ length: end }, (_, start) => start);
        const allowed = starts.filter((start) => end - start === 1 || fits({ start, end }));
        least.push(1 + Math.min(...allowed.map((start) => least[start]!)));
      }
      expect(runs.length).toBe(least.at(-1));
    }),
  );
});
