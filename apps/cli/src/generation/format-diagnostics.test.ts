import { createDiagnosis, deltaVerdicts, type Pair, type ScoredPair } from "@prefdelta/preference";
import { expect, test } from "vitest";

import { formatDiagnostics } from "./format-diagnostics.ts";
import type { WrittenDiagnostics } from "./write-diagnosed-pairs.ts";

const pair = (i: number, chosen: string, rejected: string): Pair => ({
  prompt: [{ role: "user", content: `q${i}` }],
  chosen: [{ role: "assistant", content: chosen }],
  rejected: [{ role: "assistant", content: rejected }],
  ...{ prompt_id: `q${i}`, chosen_model: "weak", rejected_model: "weaker" },
});

const plain = { read: 5, kept: 4, exact: null, near: null, contaminated: null };

interface Given {
  readonly isCorrect?: (id: string, text: string) => boolean;
  readonly tokens?: { readonly chosen: number; readonly rejected: number };
  readonly scored?: readonly ScoredPair[];
  readonly prompts?: WrittenDiagnostics["prompts"];
}

const format = (pairs: readonly Pair[], { isCorrect, tokens, scored = [], prompts = plain }: Given = {}) => {
  const diagnosis = createDiagnosis({ isCorrect });
  for (const one of pairs) diagnosis.add(one, { tokens });
  for (const one of scored) diagnosis.addScored(one);
  const diagnostics = diagnosis.report();
  return formatDiagnostics({ ...diagnostics, prompts, verdicts: deltaVerdicts(diagnostics) });
};

test("a table of both sides, and a line for each verdict", () => {
  const pairs = Array.from({ length: 4 }, (_, i) => pair(i, `**${i}** is four, is four.`, `no ${i}.`));
  expect(format(pairs, { isCorrect: (_, text) => text.includes("four") })).toBe(
    `4 pairs              chosen  rejected
──────────────────  ───────  ────────
characters, mean       23.0       5.0
characters, median     23.0       5.0
correct, of 4       100.0 %     0.0 %
bold                100.0 %     0.0 %
seen before           0.0 %     0.0 %

similarity of the two 0.00 on average; chosen is longer in 100.0 %
4 prompts of 5 rows; not looked for: exact, near, contaminated
· only 4 pairs: the numbers below are rough
· chosen is right in 100 %, rejected in 0 % of 4 pairs: no more than chance would give
! chosen is 4.6× longer: the delta may teach length
· bold type in 100 % of chosen and 0 % of rejected texts: the delta may teach the format`,
  );
});

test("tokens, what the base makes of the pairs, and what the prompts were sifted for, where that is known", () => {
  const scored = [{ logProbs: { chosen: -8, rejected: -3 }, tokens: { chosen: 4, rejected: 2 } }];
  const prompts = { read: 9, kept: 4, exact: 3, near: null, contaminated: 2 };
  const lines = format([pair(0, "four", "no")], { tokens: { chosen: 4, rejected: 2 }, scored, prompts }).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^tokens, mean of 1 +4\.0 +2\.0$/),
      expect.stringMatching(/^log-prob a token, of 1 +-2\.000 +-1\.500$/),
      "margin under the base -5.0 nats, -0.500 a token; chosen is likelier in 0.0 %",
      "4 prompts of 9 rows; left out 3 exact, 2 contaminated; not looked for: near",
    ]),
  );
});

test("without pairs there is nothing to tell", () => {
  expect(format([])).toContain("! no pairs: there is nothing to learn");
  expect(format([])).toMatch(/^characters, mean +- +-$/m);
});
