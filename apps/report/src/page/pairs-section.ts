import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import { histogram } from "../chart/histogram.ts";
import { counted, decimals, percent } from "../format-number.ts";
import type { ReportedRecipe } from "../read/manifest-schema.ts";
import type { ReportedCounts, ReportedDiagnostics } from "../read/pair-schema.ts";
import type { PairFiles, ReportedStage, Run } from "../run.ts";
import { definitionList } from "./definition-list.ts";
import { article, section } from "./section.ts";
import { sidesTable } from "./sides-table.ts";
import { missingFile, stageNote } from "./stage-note.ts";
import { verdictList } from "./verdict-list.ts";

type RecipePair = ReportedRecipe["pairs"][string];

/** What each pair of models gave to learn from. */
export const pairsSection = ({ pairs, recipe }: Run): Markup =>
  section({
    id: "pairs",
    title: "Pairs",
    body: html`<div class="cards">
      ${pairs.map((pair, i) => pairArticle(pair, { place: i, asked: recipe.pairs[pair.stage.name] }))}
    </div>`,
  });

function pairArticle(
  { stage, files }: ReportedStage<PairFiles>,
  { place, asked }: { readonly place: number; readonly asked: RecipePair | undefined },
): Markup {
  const { counts, diagnostics } = files ?? {};
  const body: Content =
    files === null
      ? stageNote(stage)
      : [
          counts === undefined ? missingFile(`${stage.id}/counts.json`) : describeCounts(counts),
          diagnostics === undefined
            ? missingFile(`${stage.id}/diagnostics.json`)
            : [verdicts(diagnostics), sidesTable(diagnostics), describeDifferences(diagnostics, place)],
        ];
  return article({ id: `pair-${place}`, title: stage.name, body: [asked !== undefined && describeAsked(asked), body] });
}

function describeAsked({ chosen, rejected, prompts }: RecipePair): Markup {
  const from = typeof prompts === "string" ? html`, prompts <code>${prompts}</code>` : null;
  return html`<p class="about">
    ${sideName(chosen)} <span aria-hidden="true">&gt;</span
    ><span class="unseen">preferred to</span> ${sideName(rejected)}${from}
  </p>`;
}

function sideName(side: RecipePair["chosen"]): Content {
  if (side === undefined) return "?";
  if (typeof side === "string") return html`<code>${side}</code>`;
  const { model, temperature } = side;
  return html`<code>${model}</code
    >${temperature === undefined || temperature === 0 ? " greedy" : ` sampled at T ${temperature}`}`;
}

/** Prompts, pairs, and what each filter took. */
function describeCounts({ prompts, pairs, ...dropped }: ReportedCounts): Markup {
  const reasons = Object.entries(dropped).map(([name, count]) => `${name.replaceAll("_", " ")} ${count}`);
  return html`<p>
    <strong>${counted(pairs, "pair")}</strong> of
    ${counted(prompts, "prompt")}.${reasons.length > 0 && html` Left out: ${reasons.join(", ")}.`}
  </p>`;
}

const verdicts = ({ verdicts }: ReportedDiagnostics): Markup =>
  verdicts.length === 0 ? html`<p class="note">Nothing stands out.</p>` : verdictList(verdicts);

/** What is no number of one side. */
function describeDifferences(
  { length, tokens, correctness, margins, similarity, prompts }: ReportedDiagnostics,
  place: number,
): Content {
  const { judged, rightOverWrong, bothRight, bothWrong, inverted, winRate } = correctness;
  const sought = Object.entries({
    "exact copies": prompts.exact,
    "near copies": prompts.near,
    contaminated: prompts.contaminated,
  });
  const found = sought.flatMap(([what, count]) => (count === null ? [] : [`, ${what} ${count}`]));
  const unsought = sought.flatMap(([what, count]) => (count === null ? [what] : []));
  const facts: [string, Content][] = [
    [
      "length ratio",
      length.ratio !== null &&
        html`${decimals(length.ratio, 2)} in
        characters${tokens.ratio !== null && `, ${decimals(tokens.ratio, 2)} in tokens`}; chosen is longer in
        ${percent(length.chosenLonger)}&nbsp;%`,
    ],
    [
      "win rate",
      judged > 0 &&
        html`${winRate === null ? "none to tell" : `${percent(winRate)} %`}: of ${judged} judged pairs chosen alone is
        right in ${rightOverWrong}, rejected alone in ${inverted}, both in ${bothRight}, neither in ${bothWrong}`,
    ],
    [
      "margin",
      margins.pairs > 0 &&
        html`${decimals(margins.margin, 1)} nats under the base, ${decimals(margins.marginPerToken, 3)} a token; chosen
        is likelier in ${percent(margins.chosenLikelier)}&nbsp;% of ${margins.pairs}`,
    ],
    [
      "prompts",
      [
        `${prompts.kept} kept of ${counted(prompts.read, "row")}`,
        found,
        unsought.length > 0 && `; not looked for: ${unsought.join(", ")}`,
      ],
    ],
    [
      "similarity",
      similarity.mean !== null &&
        html`${decimals(similarity.mean, 2)} on average, by shared 5-character pieces
        ${histogram(similarity.histogram, { id: `pair-${place}-similarity`, title: "Pairs by similarity of chosen and rejected" })}`,
    ],
  ];
  return definitionList("rows", facts);
}
