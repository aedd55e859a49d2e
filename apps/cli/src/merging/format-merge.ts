import type { MergeReport } from "@prefdelta/merge";

import type { ScaleChoice } from "./choose-scale.ts";
import { describeChoice } from "./choose-scale.ts";
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

/** Every λ that was tried on the dev items, a row each, and the best. */
export function formatSearch(choice: ScaleChoice): string {
  const skills = Object.keys(choice.trials[0]!.skills);
  const rows = choice.trials.map(({ scale, skills: found, average }) => [
    String(scale),
    ...[...skills.map((skill) => found[skill]!), average].map((share) => (100 * share).toFixed(1)),
  ]);
  return `${textTable(["λ", ...skills, "average %"], rows)}\n\n${describeChoice(choice)}`;
}

/** One merge of several, at one λ. */
export interface SweepRow {
  readonly name: string;
  readonly scale: number;
  /** How that λ was found; null where it was given. */
  readonly search: ScaleChoice | null;
  readonly report: MergeReport;
}

/** Several merges of one reading, a row each. */
export function formatSweep(rows: readonly SweepRow[]): string {
  const isSearched = rows.some(({ search }) => search !== null);
  const table = textTable(
    ["merge", "λ", ...(isSearched ? ["dev %"] : []), "norm", "norm kept", "truncation lost"],
    rows.map(({ name, scale, search, report: { options, summary } }) => [
      name,
      String(scale),
      ...(search === null ? [] : [(100 * Math.max(...search.trials.map(({ average }) => average))).toFixed(1)]),
      // Where there are several λ the report is of the merge at 1.
      number(scale === options.scale ? summary.norm : Math.abs(scale) * summary.norm),
      number(summary.normRetention.after),
      number(summary.truncationError),
    ]),
  );
  const choices = rows.flatMap(({ name, search }) => (search === null ? [] : [`${name}: ${describeChoice(search)}`]));
  // The policy is each method's own; who lacks what is the same for all.
  const reports = [...new Map(rows.map(({ report }) => [report.options.missing, report])).values()];
  const notes = [...choices, ...reports.flatMap(lacking)];
  return [table, ...(notes.length === 0 ? [] : ["", ...notes])].join("\n");
}
