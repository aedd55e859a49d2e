import { electSigns, electWithin } from "@prefdelta/linalg";
import { reusedMemory, rowBlocks, type DeltaRows, type MergeRows, type Values } from "./delta-rows.ts";
import { electedRows, electionRules, type Election } from "./elected-rows.ts";
import { setAside } from "./set-aside.ts";
import { magnitudeThreshold } from "./magnitude-threshold.ts";
import { nthSmallest } from "./nth-smallest.ts";
import { sampleBracket, type Bracket } from "./sample-bracket.ts";

/** Matrices of fewer entries are read as often as it takes. */
const LARGE = 2 ** 19;

/**
 * TIES-Merging: the `counts[i]` largest entries of matrix i elect signs. Forming the entries of a large update is most of the work, so they
 * are read once: a sample says between which magnitudes a bound must lie, entries that are in doubt are set aside, and decided when all have
 * been counted. The result is that of the exact bounds, whatever the sample said: where a bound lies elsewhere, all is read again.
 */
export function trimmedElection(
  deltas: readonly DeltaRows[],
  { counts, election, large = LARGE }: { counts: readonly number[]; election: Election; large?: number },
): MergeRows {
  const { rows, cols } = deltas[0]!;
  const brackets = rows * cols < large || election.even !== "positive" ? [] : bracketsOf(deltas, counts);
  return brackets.length === deltas.length
    ? inOneReading(deltas, { counts, election, brackets })
    : electedRows(deltas, election, thresholds(deltas, counts));
}

const thresholds = (deltas: readonly DeltaRows[], counts: readonly number[]): number[] =>
  deltas.map((delta, i) => magnitudeThreshold(delta, counts[i]!));

function bracketsOf(deltas: readonly DeltaRows[], counts: readonly number[]): Bracket[] {
  const found: Bracket[] = [];
  for (const [i, delta] of deltas.entries()) {
    const bracket = sampleBracket(delta, counts[i]!);
    if (bracket === null) return [];
    found.push(bracket);
  }
  return found;
}

function inOneReading(
  deltas: readonly DeltaRows[],
  { counts, election, brackets }: { counts: readonly number[]; election: Election; brackets: readonly Bracket[] },
): MergeRows {
  const { rows: height, cols } = deltas[0]!;
  const setting = { by: election.by, even: 1 } as const;
  const guessed = electionRules(
    deltas,
    election,
    brackets.map(({ middle }) => middle),
  );
  const above = deltas.map(() => 0);
  const share = brackets.reduce((sum, { doubtful }) => sum + doubtful, 0);
  const aside = setAside(Math.ceil(1.1 * share * height * cols));
  const memoryFor = reusedMemory();
  const rows = (from: number, to: number): Values => {
    const blocks = deltas.map(({ block }) => block(from, to));
    const voters = blocks.map((values, i) => ({ ...guessed[i]!, ...brackets[i]!, values }));
    const found = electWithin(voters, setting, memoryFor(blocks[0]!));
    for (const [i, count] of found.above.entries()) above[i]! += count;
    aside.put(blocks, found.within, from * cols);
    return found.values;
  };
  const amend = (set: (at: number, value: number) => void): void => {
    const { places, values } = aside.read();
    const least = values.map((own, i) => {
      const { from, until } = brackets[i]!;
      const within = magnitudesWithin(own, { from, until });
      const wanted = counts[i]! - above[i]!;
      return wanted >= 1 && wanted <= within.length ? nthSmallest(within, within.length - wanted) : null;
    });
    if (least.every((bound) => bound !== null)) {
      const rules = electionRules(deltas, election, least);
      const decided = electSigns(
        values.map((own, i) => ({ ...rules[i]!, values: own })),
        setting,
      );
      for (let i = 0; i < decided.length; i++) set(places[i]!, decided[i]!);
      return;
    }
    const exact = electedRows(deltas, election, thresholds(deltas, counts));
    for (const [from, to] of rowBlocks(deltas[0]!))
      for (const [i, value] of exact(from, to).entries()) set(from * cols + i, value);
  };
  return Object.assign(rows, { amend });
}

function magnitudesWithin(values: Values, { from, until }: Pick<Bracket, "from" | "until">): Float64Array {
  const found = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size >= from && size < until) found[count++] = size;
  }
  return found.subarray(0, count);
}
