import type { MergeReport } from "@prefdelta/merge";

import { describeConsensus } from "./describe-consensus.ts";
import { textTable } from "../print/text-table.ts";

const number = (value: number | null): string => (value === null ? "-" : value.toFixed(3));

/** A merge in a few lines, and a table of its sources. */
export function formatMerge({ method, options, summary, modules }: MergeReport): string {
  const sources = textTable(
    ["adapter", "norm", "cosine with the merge", "share kept", "moved"],
    summary.sources.map((source) => [
      source.name,
      number(source.norm),
      number(source.retention),
      number(source.projection),
      number(source.displacement),
    ]),
  );
  const { before, after } = summary.normRetention;
  const kept = `norm ${number(summary.norm)}, norm kept ${number(before)} plain, ${number(after)} merged`;
  const least = number(summary.leastTruncationError);
  const lost = `truncation lost ${number(summary.truncationError)}, at least ${least} is lost at any such rank`;
  const head = `${method}, λ ${options.scale}, ${summary.modules} modules: ${kept}, ${lost}`;
  const shared = summary.consensus === null ? [] : [describeConsensus(summary.consensus)];
  return `${[head, ...shared, ...lacking({ options, modules })].join("\n")}\n\n${sources}`;
}

/** Which adapter lacks modules that others have, and what was done about it. */
function lacking({ options, modules }: Pick<MergeReport, "options" | "modules">): string[] {
  const counts = new Map<string, number>();
  for (const { missing } of modules) for (const name of missing) counts.set(name, (counts.get(name) ?? 0) + 1);
  const policy =
    options.missing === "zero" ? "count as zero there (missing: zero)" : "are made up for (missing: renormalise)";
  return [...counts].map(([name, count]) => `${name} lacks ${count} of ${modules.length} modules, which ${policy}`);
}

/** Several merges of one reading, a row each. */
export function formatSweep(
  rows: readonly { readonly name: string; readonly scale: number; readonly report: MergeReport }[],
): string {
  return textTable(
    ["merge", "λ", "norm", "norm kept", "truncation lost"],
    rows.map(({ name, scale, report: { options, summary } }) => [
      name,
      String(scale),
      number((Math.abs(scale) * summary.norm) / Math.abs(options.scale)),
      number(summary.normRetention.after),
      number(summary.truncationError),
    ]),
  );
}
