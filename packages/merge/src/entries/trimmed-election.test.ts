import { matrix } from "@prefdelta/linalg";
import { createRandom, normal } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { collectRows, matrixRows, type DeltaRows } from "./delta-rows.ts";
import { electedRows, mergekitElection, peftElection } from "./elected-rows.ts";
import { magnitudeThreshold } from "./magnitude-threshold.ts";
import { trimmedElection } from "./trimmed-election.ts";

const [rows, cols] = [8000, 160];
const size = { rows, cols };
const counts = [0.2, 0.3, 0.01].map((share) => Math.floor(share * rows * cols));

/** Three matrices of normal numbers times what their row and column say. */
const matrices = (factor: (row: number, column: number) => number): DeltaRows[] =>
  [1, 2, 3].map((seed, index) => {
    const random = createRandom(seed);
    const numbers = Float64Array.from(
      { length: rows * cols },
      (_, i) => normal(random) * factor(Math.floor(i / cols), i % cols),
    );
    return matrixRows(matrix(rows, cols, numbers), { weight: 1 + index, index });
  });

/** What a look at a tile shows, times a factor. */
const peekAt =
  (delta: DeltaRows, factor: number): NonNullable<DeltaRows["peek"]> =>
  ({ from, to, column, count }) => {
    const shown = new Float64Array((to - from) * count);
    for (let row = from; row < to; row++)
      shown.set(delta.block(row, row + 1).subarray(column, column + count), (row - from) * count);
    return shown.map((value) => factor * value);
  };

/** How often each row was asked for. */
function watched(deltas: readonly DeltaRows[], seen: number): { deltas: DeltaRows[]; rowsRead: () => number } {
  let read = 0;
  const block =
    (delta: DeltaRows): DeltaRows["block"] =>
    (from, to) => {
      read += to - from;
      return delta.block(from, to);
    };
  const shown = deltas.map((delta) => ({ ...delta, block: block(delta), peek: peekAt(delta, seen) }));
  return { deltas: shown, rowsRead: () => read };
}

describe("trimmedElection", () => {
  it.each([
    ["alike", () => 1, { seen: 1, mostReadings: 1 }],
    ["of different sizes", (row: number) => 1 + 10 * Math.sin(row) ** 2, { seen: 1, mostReadings: 1 }],
    ["in columns of different sizes", (_: number, column: number) => 1 + column, { seen: 1, mostReadings: 1 }],
    // The sample is believed, found wrong, and all is read again.
    ["that a sample shows too large", () => 1, { seen: 3, mostReadings: Infinity }],
  ])("gives what exact bounds give in one reading, rows %s", (_, factor, { seen, mostReadings }) => {
    const plain = matrices(factor);
    for (const election of [peftElection(), mergekitElection("weights", "signs")]) {
      const least = plain.map((delta, i) => magnitudeThreshold(delta, counts[i]!));
      const expected = collectRows(electedRows(plain, election, least), size);
      const { deltas, rowsRead } = watched(plain, seen);
      const found = collectRows(trimmedElection(deltas, { counts, election, large: 0 }), size);
      expect(found.data.findIndex((value, i) => value !== expected.data[i])).toBe(-1);
      expect(rowsRead() / plain.length / rows).toBeLessThanOrEqual(mostReadings);
    }
  });

  it("gives what exact bounds give of float32 numbers, in float32", () => {
    const plain = matrices(() => 1).map((delta) => {
      const numbers = Float32Array.from(delta.block(0, rows));
      return { ...delta, block: (from: number, to: number) => numbers.subarray(from * cols, to * cols) };
    });
    const election = peftElection();
    const least = plain.map((delta, i) => magnitudeThreshold(delta, counts[i]!));
    const expected = collectRows(electedRows(plain, election, least), size, true);
    // What a sample that shows too much led to is read again.
    for (const seen of [1, 3]) {
      const merge = trimmedElection(watched(plain, seen).deltas, { counts, election, large: 0 });
      expect(merge(0, 8)).toBeInstanceOf(Float32Array);
      const found = collectRows(
        trimmedElection(watched(plain, seen).deltas, { counts, election, large: 0 }),
        size,
        true,
      );
      expect(found.data.findIndex((value, i) => value !== expected.data[i])).toBe(-1);
    }
  });

  it("keeps all, and what a small matrix has", () => {
    const plain = matrices(() => 1);
    const election = peftElection();
    const all = plain.map(() => rows * cols);
    const expected = collectRows(electedRows(plain, election), size);
    expect(collectRows(trimmedElection(plain, { counts: all, election, large: 0 }), size)).toEqual(expected);
    expect(collectRows(trimmedElection(plain, { counts: all, election }), size)).toEqual(expected);
  });
});
