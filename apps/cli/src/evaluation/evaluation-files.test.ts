import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { evaluate } from "@prefdelta/eval";
import type { Transcript } from "@prefdelta/eval";
import { createRandom } from "@prefdelta/random";
import { afterEach, beforeEach, expect, test } from "vitest";

import { accuracy, averageAccuracy } from "./evaluate-skills.ts";
import type { SkillOutcome } from "./evaluate-skills.ts";
import { readOutcomes } from "./read-outcomes.ts";
import { writeEvaluation } from "./write-evaluation.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-evaluation-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What a model wrote, by item; the answers asked for are 0, 1, 2 … */
function outcome(texts: readonly string[]): SkillOutcome {
  const items = texts.map((_, i) => ({
    id: `item ${i}`,
    prompt: [{ role: "user" as const, content: `${i}?` }],
    answers: [`${i}`],
    cluster: `c${i % 2}`,
  }));
  const transcripts = texts.map((text): Transcript => ({
    segments: [{ text, source: "model" }],
    searches: 0,
    invalid: 0,
    stop: "end",
  }));
  return { items, transcripts, results: evaluate(items, transcripts) };
}

const outcomes = {
  facts: outcome(["<answer> 0</answer>", "no answer", "<answer>2</answer>", "<answer>9</answer>"]),
  sums: outcome(["<answer>0</answer>", "<answer>1</answer>"]),
};
const options = { bootstrap: { random: createRandom(1), draws: 100 }, config: { model: "m", seed: 1 } };

test("accuracy is the share of right answers, and the average weighs skills alike", () => {
  expect(accuracy(outcomes.facts.results)).toBe(0.5);
  expect(averageAccuracy(outcomes)).toBe(0.75);
});

test("what is written is lm-evaluation-harness' results and samples, and reads back as the same outcomes", async () => {
  const scores = await writeEvaluation(join(folder, "new"), outcomes, options);
  expect(scores["facts"]).toMatchObject({ value: 0.5, n: 4 });
  const results = JSON.parse(await readFile(join(folder, "new", "results.json"), "utf8")) as object;
  expect(results).toMatchObject({
    results: { facts: { "exact_match,answer": 0.5 }, sums: { "exact_match,answer": 1 } },
    config: { model: "m", seed: 1 },
  });
  const read = await readOutcomes(join(folder, "new"), ["facts", "sums"]);
  expect(read).toEqual({ facts: outcomes.facts.results, sums: outcomes.sums.results });
});

test("a broken sample is named by its file and line", async () => {
  await writeEvaluation(folder, outcomes, options);
  const path = join(folder, "samples_facts.jsonl");
  const lines = (await readFile(path, "utf8")).split("\n");
  await writeFile(path, [lines[0], '{"doc": 1}', ...lines.slice(2)].join("\n"));
  await expect(readOutcomes(folder, ["facts"])).rejects.toMatchObject({
    code: "E_INPUT",
    message: `${path}:2: expected a sample of an evaluation, found {"doc": 1}`,
  });
});
