import { compareSkills, scoreItems, scoreSkills } from "@prefdelta/eval";
import type { BootstrapOptions, Comparison, Estimate, Skills } from "@prefdelta/eval";

import type { RowKind } from "../run/eval-rows.ts";
import type { AblationTable } from "./ablation-table.ts";
import { findLeaders } from "./leaders.ts";
import type { Leaders } from "./leaders.ts";

/** A share of correct answers with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How much better a row is than another on the same items. */
export interface Difference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

interface TableRow {
  readonly model: string;
  readonly kind: RowKind;
  readonly skills: Readonly<Record<string, Interval>>;
  readonly average: Interval;
  /** Against the base, the best single delta and joint training; a row is not compared with itself. */
  readonly paired: { readonly base?: Difference; readonly best_single?: Difference; readonly joint?: Difference };
  /** Against the base, skill by skill; none of the base itself. */
  readonly minus_base: Readonly<Record<string, Difference>>;
}

/** `table.json`: what a run found. Shares are between 0 and 1. */
export interface Table {
  readonly name: string;
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
  /** Items of each skill. */
  readonly items: Readonly<Record<string, number>>;
  /** The single delta with the best average on these very items, which favours it in the comparison. */
  readonly best_single: string | null;
  readonly rows: readonly TableRow[];
  /** Who is ahead in each column, and who cannot be told from it. */
  readonly leaders: Leaders;
  /** Of merges that asked for them. */
  readonly ablations?: readonly AblationTable[];
}

/** What a model did, as an evaluation folder holds it. */
export interface RowOutcomes {
  readonly name: string;
  readonly kind: RowKind;
  readonly skills: Skills;
}

/** The control that the table compares with, where a recipe has one of this name. */
const JOINT = "joint";

/** Scores every row and compares it, on the same items and the same resamples. */
export function buildTable(
  outcomes: readonly RowOutcomes[],
  { bootstrap, ...about }: Pick<Table, "name" | "seed" | "versions"> & { bootstrap: BootstrapOptions },
): Table {
  const averages = new Map(outcomes.map(({ name, skills }) => [name, scoreSkills(skills, bootstrap)]));
  const bestSingle = outcomes
    .filter(({ kind }) => kind === "single")
    .toSorted((a, b) => averages.get(b.name)!.value - averages.get(a.name)!.value)[0];
  const references = {
    base: outcomes.find(({ kind }) => kind === "base"),
    best_single: bestSingle,
    joint: outcomes.find(({ kind, name }) => kind === "control" && name === JOINT),
  };
  const compare = (row: RowOutcomes): TableRow["paired"] =>
    Object.fromEntries(
      Object.entries(references).flatMap(([key, reference]) =>
        reference === undefined || reference === row
          ? []
          : [[key, difference(compareSkills(row.skills, reference.skills, bootstrap))]],
      ),
    );
  const { base } = references;
  const againstBase = (row: RowOutcomes): TableRow["minus_base"] =>
    base === undefined || base === row
      ? {}
      : Object.fromEntries(
          Object.entries(row.skills).map(([skill, results]) => [
            skill,
            difference(compareSkills({ [skill]: results }, { [skill]: base.skills[skill] ?? [] }, bootstrap)),
          ]),
        );
  return {
    ...about,
    items: Object.fromEntries(Object.entries(outcomes[0]?.skills ?? {}).map(([skill, { length }]) => [skill, length])),
    best_single: bestSingle?.name ?? null,
    rows: outcomes.map((row) => ({
      model: row.name,
      kind: row.kind,
      skills: Object.fromEntries(
        Object.entries(row.skills).map(([skill, results]) => [skill, interval(scoreItems(results, bootstrap))]),
      ),
      average: interval(averages.get(row.name)!),
      paired: compare(row),
      minus_base: againstBase(row),
    })),
    leaders: findLeaders(outcomes, bootstrap),
  };
}

const interval = ({ value, low, high }: Estimate): Interval => ({ value, low, high });

const difference = ({ value, low, high, p }: Comparison): Difference => ({ difference: value, low, high, p });
