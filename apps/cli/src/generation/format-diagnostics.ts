import { textTable } from "../print/text-table.ts";
import type { WrittenDiagnostics } from "./write-diagnosed-pairs.ts";

const signs = { good: "✓", note: "·", warning: "!" };

const number = (value: number | null, digits = 1): string => (value === null ? "-" : value.toFixed(digits));
const percent = (share: number | null): string => (share === null ? "-" : `${(100 * share).toFixed(1)} %`);

function describeSifted({ read, kept, exact, near, contaminated }: WrittenDiagnostics["prompts"]): string {
  const found = Object.entries({ exact, near, contaminated });
  const counts = found.filter(([, count]) => count !== null).map(([name, count]) => `${count} ${name}`);
  const unsought = found.filter(([, count]) => count === null).map(([name]) => name);
  const dropped = counts.length === 0 ? [] : [`left out ${counts.join(", ")}`];
  const rest = unsought.length === 0 ? [] : [`not looked for: ${unsought.join(", ")}`];
  return [`${kept} prompts of ${read} rows`, ...dropped, ...rest].join("; ");
}

/** What the two sides differ in, as a table, and what it means, a line each. */
export function formatDiagnostics(diagnostics: WrittenDiagnostics): string {
  const { pairs, length, tokens, margins, format, correctness, similarity, duplicates, verdicts, prompts } =
    diagnostics;
  const features = Object.entries(format).filter(([, { chosen, rejected }]) => (chosen ?? 0) + (rejected ?? 0) > 0);
  const rows = [
    ["characters, mean", number(length.mean.chosen), number(length.mean.rejected)],
    ["characters, median", number(length.median.chosen), number(length.median.rejected)],
    ...(tokens.counted === 0
      ? []
      : [[`tokens, mean of ${tokens.counted}`, number(tokens.mean.chosen), number(tokens.mean.rejected)]]),
    ...(margins.pairs === 0
      ? []
      : [
          [
            `log-prob a token, of ${margins.pairs}`,
            number(margins.logProbPerToken.chosen, 3),
            number(margins.logProbPerToken.rejected, 3),
          ],
        ]),
    ...(correctness.judged === 0
      ? []
      : [
          [
            `correct, of ${correctness.judged}`,
            percent(correctness.shareCorrect.chosen),
            percent(correctness.shareCorrect.rejected),
          ],
        ]),
    ...features.map(([name, { chosen, rejected }]) => [name.replaceAll("_", " "), percent(chosen), percent(rejected)]),
    ["seen before", percent(duplicates.chosen / pairs || 0), percent(duplicates.rejected / pairs || 0)],
  ];
  return [
    textTable([`${pairs} pairs`, "chosen", "rejected"], rows),
    "",
    ...(margins.pairs === 0
      ? []
      : [
          `margin under the base ${number(margins.margin)} nats, ${number(margins.marginPerToken, 3)} a token; chosen is likelier in ${percent(margins.chosenLikelier)}`,
        ]),
    `similarity of the two ${number(similarity.mean, 2)} on average; chosen is longer in ${percent(length.chosenLonger)}`,
    describeSifted(prompts),
    ...verdicts.map(({ level, text }) => `${signs[level]} ${text}`),
  ].join("\n");
}
