import { textTable } from "../print/text-table.ts";
import type { WrittenDiagnostics } from "./write-diagnosed-pairs.ts";

const signs = { good: "✓", note: "·", warning: "!" };

const number = (value: number | null, digits = 1): string => (value === null ? "-" : value.toFixed(digits));
const percent = (share: number | null): string => (share === null ? "-" : `${(100 * share).toFixed(1)} %`);

/** What the two sides differ in, as a table, and what it means, a line each. */
export function formatDiagnostics(diagnostics: WrittenDiagnostics): string {
  const { pairs, length, format, correctness, similarity, duplicates, verdicts } = diagnostics;
  const features = Object.entries(format).filter(([, { chosen, rejected }]) => (chosen ?? 0) + (rejected ?? 0) > 0);
  const rows = [
    ["characters, mean", number(length.mean.chosen), number(length.mean.rejected)],
    ["characters, median", number(length.median.chosen), number(length.median.rejected)],
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
    `similarity of the two ${number(similarity.mean, 2)} on average; chosen is longer in ${percent(length.chosenLonger)}`,
    ...verdicts.map(({ level, text }) => `${signs[level]} ${text}`),
  ].join("\n");
}
