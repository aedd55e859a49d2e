import { compareSkills } from "@prefdelta/eval";
import type { BootstrapOptions, Skills } from "@prefdelta/eval";

/** From which p on two rows count as not told apart. */
const ALPHA = 0.05;

interface Leader {
  /** The row with the highest value; of equals the first. */
  readonly model: string;
  /** Rows that a paired sign-flip test does not tell from it (p ≥ 0.05). Where there are none, it is the best. */
  readonly not_told_apart: readonly string[];
}

export interface Leaders {
  readonly skills: Readonly<Record<string, Leader>>;
  readonly average: Leader;
}

interface Row {
  readonly name: string;
  readonly skills: Skills;
}

/**
 * Who is ahead in each column. No adjustment for the number of rows: that the leader is better than every other one is claimed only where each of
 * these tests says so, which is at most as often wrong as one of them (Berger 1982, Multiparameter Hypothesis Testing and Acceptance Sampling).
 */
export const findLeaders = (rows: readonly Row[], options: BootstrapOptions): Leaders => ({
  skills: Object.fromEntries(
    Object.keys(rows[0]?.skills ?? {}).map((skill) => [
      skill,
      leaderOf(
        rows.map(({ name, skills }) => ({ name, skills: { [skill]: skills[skill] ?? [] } })),
        options,
      ),
    ]),
  ),
  average: leaderOf(rows, options),
});

function leaderOf(rows: readonly Row[], options: BootstrapOptions): Leader {
  const values = rows.map(({ skills }) => averageOf(skills));
  const leader = rows[values.indexOf(Math.max(...values))]!;
  return {
    model: leader.name,
    not_told_apart: rows
      .filter((row) => row !== leader && compareSkills(leader.skills, row.skills, options).p >= ALPHA)
      .map(({ name }) => name),
  };
}

/** Mean of the skills' shares of right answers. */
function averageOf(skills: Skills): number {
  const shares = Object.values(skills).map(
    (results) => results.filter(({ correct }) => correct).length / results.length,
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
