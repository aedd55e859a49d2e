import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { decimals, threeDigits } from "../format-number.ts";
import type { Consensus, ReportedMerge } from "../read/merge-schema.ts";
import type { MergeFiles, ReportedStage, Run } from "../run.ts";
import { dataTable } from "./data-table.ts";
import { mergedParts } from "./merged-parts.ts";
import { scaleSearch } from "./scale-search.ts";
import { article, section } from "./section.ts";
import { settingsList } from "./settings-list.ts";
import { missingFile, stageNote } from "./stage-note.ts";

/** What became of the deltas in each merge. */
export const mergesSection = ({ merges }: Run): Markup =>
  section({
    id: "merges",
    title: "Merges",
    body: merges.length === 0 ? html`<p class="note">The recipe asks for no merge.</p>` : merges.map(mergeArticle),
  });

function mergeArticle({ stage, files }: ReportedStage<MergeFiles>, place: number): Markup {
  const body: Content =
    files === null
      ? stageNote(stage)
      : files.report === undefined
        ? missingFile(`${stage.id}/report.json`)
        : describeMerge(files.report, place);
  return article({ id: `merge-${place}`, title: stage.name, body });
}

function describeMerge(
  { method, options, paper, equation, deviation, summary, search, byLayer, byType }: ReportedMerge,
  place: number,
): Content {
  const { method: _, scale: __, ...settings } = options;
  return [
    html`<p class="about"><strong>${method}</strong>, λ ${options.scale}</p>`,
    html`<p>${equation}. <span class="source">${paper}. ${deviation}</span></p>`,
    settingsList(settings),
    search === null
      ? html`<p class="note">λ was given in the recipe, not searched for.</p>`
      : scaleSearch(search, place),
    describeSummary(summary),
    summary.consensus !== null && describeConsensus(summary.consensus),
    sourcesTable(summary),
    mergedParts({ byLayer, byType }, place),
  ];
}

/** All modules together. */
function describeSummary({
  modules,
  incompleteModules,
  norm,
  normRetention,
  interference,
  truncationError,
  leastTruncationError,
}: ReportedMerge["summary"]): Markup {
  const incomplete = incompleteModules === 0 ? null : html`, ${incompleteModules} of them not in every adapter`;
  return html`<dl class="rows">
    <div>
      <dt>modules</dt>
      <dd>${modules}${incomplete}</dd>
    </div>
    <div>
      <dt>norm</dt>
      <dd>${threeDigits(norm)}, λ included</dd>
    </div>
    <div>
      <dt>norm kept</dt>
      <dd>
        ${decimals(normRetention.before, 3)} of the plain sum, ${decimals(normRetention.after, 3)} as this method turns
        the deltas (1: they agree)
      </dd>
    </div>
    <div>
      <dt>interference</dt>
      <dd>
        ${decimals(interference.before, 3)} in the plain sum, ${decimals(interference.after, 3)} after: the share of the
        energy that the deltas take from one another
      </dd>
    </div>
    <div>
      <dt>truncation</dt>
      <dd>
        ${decimals(truncationError, 3)} of the norm is cut off by the rank; at least
        ${decimals(leastTruncationError, 3)} is by any of this rank
      </dd>
    </div>
  </dl>`;
}

/** What the adapters share, and in how many modules. */
export function describeConsensus({ meanRank, findings }: Consensus): Markup {
  const found = Object.entries(findings).filter(([, count]) => count > 0);
  return html`<p>
    Directions that the deltas share, mean of a module: <strong>${decimals(meanRank.left, 2)}</strong> on the left (what
    they write), <strong>${decimals(meanRank.right, 2)}</strong> on the right (what they read; a shared A₀ alone makes
    these agree). Modules by finding: ${found.map(([finding, count], i) => html`${i > 0 && ", "}${finding} ${count}`)}.
  </p>`;
}

const sourcesTable = ({ sources }: ReportedMerge["summary"]): Markup =>
  dataTable({
    caption: "The deltas in the merge",
    head: ["delta", "norm", "cosine with the merge", "share of it in the merge", "moved by the method"],
    rows: sources.map(({ name, norm, retention, projection, displacement }) => [
      name,
      threeDigits(norm),
      decimals(retention, 3),
      decimals(projection, 3),
      decimals(displacement, 3),
    ]),
  });
