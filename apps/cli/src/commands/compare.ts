import { agentCosts, compareFamily } from "@prefdelta/eval";
import type { RunComparison } from "@prefdelta/eval";
import { createRandom } from "@prefdelta/random";

import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { readRun } from "../evaluation/read-run.ts";
import type { ReadItem } from "../evaluation/read-run.ts";
import type { Json } from "../files/canonical-json.ts";
import { parseNumber } from "../parse-number.ts";
import { textTable } from "../print/text-table.ts";

/** Of the bootstrap and the sign flips: the same folders give the same numbers. */
const SEED = 1;
/** Ids of flipped items that the text shows; `--json` has them all. */
const SHOWN = 10;

/** `pda compare A B…`: is each B better than A on the same items? The answer is a verdict, so any verdict is exit code 0. */
export const compare: Command = {
  description: "Compare two evaluations on the same items: intervals, paired tests, what flipped, and a verdict",
  arguments: {
    a: { type: "positional", description: "results folder of the base" },
    b: { type: "positional", rest: true, valueHint: "B...", description: "results folders of the candidates" },
    metric: { type: "string", valueHint: "NAME", description: "score by this one; each task's first if not given" },
    equivalence: {
      type: "string",
      valueHint: "MARGIN",
      description: "largest difference of scores that does not matter: test for equivalence too",
    },
  },
  async run({ positionals: [a, ...candidates], values: { metric, equivalence } }) {
    const margin = parseMargin(equivalence);
    const twice = candidates.find((one, i) => candidates.indexOf(one) !== i);
    if (twice !== undefined) throw new CliError("E_USAGE", `${twice}: expected each candidate once`);
    const base = await readRun(a!, metric);
    const runs: Record<string, Record<string, ReadItem[]>> = {};
    for (const b of candidates) {
      runs[b] = await readRun(b, metric);
      sameContents(base, runs[b]);
    }
    const lowerIsBetter = agentCosts.includes(metric ?? "");
    const options = { random: createRandom(SEED), lowerIsBetter, ...(margin === undefined ? {} : { margin }) };
    const comparisons = Object.entries(compareFamily({ base, candidates: runs }, options));
    const about = { a: a!, metric: metric ?? null, margin: margin ?? null, seed: SEED };
    if (comparisons.length === 1) {
      const [b, comparison] = comparisons[0]!;
      return { json: { ...about, b, ...comparison } as unknown as Json, text: formatComparison(comparison) };
    }
    const json = { ...about, candidates: Object.fromEntries(comparisons) } as unknown as Json;
    // Holm's family is all of them, so no single one can be read out of a run with fewer.
    return { json, text: comparisons.map(([b, one]) => `B = ${b}\n\n${formatComparison(one)}`).join("\n\n") };
  },
};

function parseMargin(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const margin = parseNumber(text, (value) => value > 0 && value < 1);
  if (margin !== undefined) return margin;
  throw new CliError("E_USAGE", `--equivalence: expected a number between 0 and 1, found ${text}`);
}

/** Items of one id must be one item. Which ids there are, compareRuns looks at. */
function sameContents(base: Record<string, ReadItem[]>, candidate: Record<string, ReadItem[]>): void {
  const problems = Object.entries(base).flatMap(([task, items]) => {
    const others = new Map(candidate[task]?.map(({ id, content }) => [id, content]));
    const changed = items.filter(({ id, content }) => others.has(id) && others.get(id) !== content);
    const ids = changed.slice(0, 5).map(({ id }) => id);
    return changed.length === 0 ? [] : [`${task}: ${changed.length} of ${items.length} differ: ${ids.join(", ")}`];
  });
  if (problems.length === 0) return;
  throw new CliError("E_INPUT", "expected the same documents and targets on both sides", { problems });
}

function formatComparison({ tasks, mean, verdict }: RunComparison): string {
  const number = (value: number): string => value.toFixed(3);
  const rows = Object.entries(tasks).map(([name, task]) => [
    name,
    String(task.n),
    ...[task.base, task.candidate, task.difference.value, task.difference.low, task.difference.high].map(number),
    ...[`+${task.gained.length} −${task.lost.length}`, task.test, number(task.p), number(task.pHolm)],
    ...[task.pEquivalence === null ? "-" : number(task.pEquivalence), task.verdict],
  ]);
  const average = [
    "mean",
    "",
    "",
    "",
    ...[mean.value, mean.low, mean.high].map(number),
    "",
    "sign-flip",
    number(mean.p),
  ];
  const head = ["task", "n", "A", "B", "B − A", "low", "high", "flips", "test", "p", "p Holm", "p equal", "verdict"];
  const flips = Object.entries(tasks).flatMap(([name, { gained, lost }]) => [
    ...flipLine(`${name}: B scores higher on`, gained),
    ...flipLine(`${name}: B scores lower on`, lost),
  ]);
  return [
    textTable(head, [...rows, average]),
    ...(flips.length === 0 ? [] : [flips.join("\n")]),
    `B is ${told[verdict]}.`,
  ].join("\n\n");
}

const told = {
  better: "better than A",
  worse: "worse than A",
  equivalent: "equivalent to A",
  undecided: "neither better nor worse than A, as far as these items can tell",
  mixed: "better than A on some tasks and worse on others",
} satisfies Record<RunComparison["verdict"], string>;

function flipLine(what: string, ids: readonly string[]): string[] {
  const more = ids.length > SHOWN ? `, and ${ids.length - SHOWN} more (--json)` : "";
  return ids.length === 0 ? [] : [`${what} ${ids.slice(0, SHOWN).join(", ")}${more}`];
}
