import { deltaVerdicts, diagnosePairs, type Pair } from "@prefdelta/preference";
import { expect, test } from "vitest";

import { formatDiagnostics } from "./format-diagnostics.ts";

const pair = (i: number, chosen: string, rejected: string): Pair => ({
  prompt: [{ role: "user", content: `q${i}` }],
  chosen: [{ role: "assistant", content: chosen }],
  rejected: [{ role: "assistant", content: rejected }],
  ...{ prompt_id: `q${i}`, chosen_model: "weak", rejected_model: "weaker" },
});

const format = (pairs: readonly Pair[], isCorrect?: (id: string, text: string) => boolean) => {
  const diagnostics = diagnosePairs(pairs, { isCorrect });
  return formatDiagnostics({ ...diagnostics, verdicts: deltaVerdicts(diagnostics) });
};

test("a table of both sides, and a line for each verdict", () => {
  const pairs = Array.from({ length: 4 }, (_, i) => pair(i, `**${i}** is four, is four.`, `no ${i}.`));
  expect(format(pairs, (_, text) => text.includes("four"))).toBe(
    `4 pairs              chosen  rejected
──────────────────  ───────  ────────
characters, mean       23.0       5.0
characters, median     23.0       5.0
correct, of 4       100.0 %     0.0 %
bold                100.0 %     0.0 %
seen before           0.0 %     0.0 %

similarity of the two 0.00 on average; chosen is longer in 100.0 %
· only 4 pairs: the numbers below are rough
· chosen is right in 100 %, rejected in 0 % of 4 pairs: no more than chance would give
! chosen is 4.6× longer: the delta may teach length
· bold type in 100 % of chosen and 0 % of rejected texts: the delta may teach the format`,
  );
});

test("without pairs there is nothing to tell", () => {
  expect(format([])).toContain("! no pairs: there is nothing to learn");
  expect(format([])).toMatch(/^characters, mean +- +-$/m);
});
