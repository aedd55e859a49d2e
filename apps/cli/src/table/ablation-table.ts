import { compareSkills, scoreSkills } from "@prefdelta/eval";
import type { BootstrapOptions } from "@prefdelta/eval";

import { textTable } from "../print/text-table.ts";
import type { Ablation } from "../recipe/ablations.ts";
import type { Difference, Interval, RowOutcomes } from "./table.ts";

interface AblationRow {
  readonly model: string;
  readonly deltas: readonly string[];
  readonly average: Interval;
}

/** What a merge owes to the number of its deltas, and to each of them. Shares are between 0 and 1. */
export interface AblationTable {
  readonly merge: string;
  /** Each beside the base. */
  readonly scaling: readonly (AblationRow & { readonly minus_base: Difference })[];
  /** What the merge of all has over the one without this delta. */
  readonly leave_one_out: readonly (AblationRow & { readonly without: string; readonly contribution: Difference })[];
}

/** Reads ablations off the outcomes of their rows, paired on the same items. */
export function buildAblations(
  ablations: readonly Ablation[],
  outcomes: readonly RowOutcomes[],
  bootstrap: BootstrapOptions,
): AblationTable[] {
  const skillsOf = (name: string) => outcomes.find((row) => row.name === name)!.skills;
  const difference = (a: string, b: string): Difference => {
    const { value, low, high, p } = compareSkills(skillsOf(a), skillsOf(b), bootstrap);
    return { difference: value, low, high, p };
  };
  const row = (model: string, deltas: readonly string[]): AblationRow => {
    const { value, low, high } = scoreSkills(skillsOf(model), bootstrap);
    return { model, deltas, average: { value, low, high } };
  };
  return ablations.map(({ merge, scaling, leaveOneOut }) => ({
    merge,
    scaling: scaling.map((one) => ({ ...row(one.row, one.deltas), minus_base: difference(one.row, "base") })),
    leave_one_out: leaveOneOut.map((one) => ({
      ...row(one.row, one.deltas),
      without: one.without,
      contribution: difference(merge, one.row),
    })),
  }));
}

const signed = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}`;
const cells = ({ difference, low, high, p }: Difference): string[] => [
  signed(difference),
  signed(low),
  signed(high),
  p < 0.001 ? "<0.001" : p.toFixed(3),
];

/** Two small tables a merge. */
export function formatAblations(tables: readonly AblationTable[]): string {
  return tables
    .flatMap(({ merge, scaling, leave_one_out: left }) => [
      ...(scaling.length === 0
        ? []
        : [
            textTable(
              [`${merge}: deltas`, "average %", "− base", "low", "high", "p"],
              scaling.map(({ deltas, average, minus_base: found }) => [
                `${deltas.length}: ${deltas.join(", ")}`,
                (100 * average.value).toFixed(1),
                ...cells(found),
              ]),
            ),
          ]),
      ...(left.length === 0
        ? []
        : [
            textTable(
              [`${merge}: without`, "average %", "it adds", "low", "high", "p"],
              left.map(({ without, average, contribution }) => [
                without,
                (100 * average.value).toFixed(1),
                ...cells(contribution),
              ]),
            ),
          ]),
    ])
    .join("\n\n");
}
