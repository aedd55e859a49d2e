import type { Content, Markup } from "../html/markup.ts";
import { decimals, percent } from "../format-number.ts";
import type { ReportedDiagnostics } from "../read/pair-schema.ts";
import { dataTable } from "./data-table.ts";

interface Sides<Value> {
  readonly chosen: Value;
  readonly rejected: Value;
}

/** What the chosen and the rejected answers are like, side by side. Features that neither side has are left out. */
export function sidesTable({
  pairs,
  length,
  tokens,
  margins,
  correctness,
  format,
  duplicates,
}: ReportedDiagnostics): Markup {
  const row = (
    name: string,
    { chosen, rejected }: Sides<number | null>,
    show: (value: number | null) => string,
  ): Content[] => [name, show(chosen), show(rejected)];
  const one = (value: number | null): string => decimals(value, 1);
  const features = Object.entries(format).filter(([, { chosen, rejected }]) => (chosen ?? 0) + (rejected ?? 0) > 0);
  const seen = { chosen: share(duplicates.chosen, pairs), rejected: share(duplicates.rejected, pairs) };
  return dataTable({
    caption: "The answers of both sides",
    head: ["", "chosen", "rejected"],
    rows: [
      row("characters, mean", length.mean, one),
      row("characters, median", length.median, one),
      ...(tokens.counted === 0 ? [] : [row("tokens, mean", tokens.mean, one)]),
      ...(margins.pairs === 0
        ? []
        : [row("nats a token under the base", margins.logProbPerToken, (value) => decimals(value, 3))]),
      ...(correctness.judged === 0 ? [] : [row("correct, %", correctness.shareCorrect, percent)]),
      ...features.map(([name, shares]) => row(`${name.replaceAll("_", " ")}, %`, shares, percent)),
      row("text was there before, %", seen, percent),
    ],
  });
}

const share = (count: number, of: number): number | null => (of === 0 ? null : count / of);
