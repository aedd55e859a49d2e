import { createRandom } from "@prefdelta/random";
import { expect, it } from "vitest";
import { builtInTasks } from "../tasks/built-in-tasks.ts";
import { runTask } from "../tasks/run-task.ts";
import { inspectLog } from "./inspect-log.ts";
import { lmEvalTaskResults } from "./task-results.ts";

const random = createRandom(1);
const about = { model: "m", config: { seed: 1 }, created: "2026-01-02T03:04:05+00:00" };
const entryOf = (evaluation: Parameters<typeof inspectLog>[0]["evaluation"]) => {
  const { results } = lmEvalTaskResults({ evaluations: [evaluation], config: {} }, { random, draws: 100 });
  return (results as Record<string, Record<string, unknown>>)[evaluation.task.task]!;
};

it("has a sample an item, with what was written and a score for each filter", async () => {
  const task = { ...builtInTasks("gsm8k")[0]!, num_fewshot: 0 };
  const documents = [1, 2].map((n) => ({ question: `${n}?`, answer: `#### ${n}` }));
  const generate = async () => [{ text: "It is 1. #### 1" }, { text: "1 or", truncated: true }];
  const evaluation = { task, run: await runTask(task, { documents, generate, random }) };
  const log = inspectLog({ evaluation, entry: entryOf(evaluation), ...about });
  expect(log).toMatchObject({
    ...{ version: 2, status: "success" },
    eval: { task: "gsm8k", model: "m", created: about.created, metadata: { seed: 1 }, dataset: { samples: 2 } },
    results: {
      total_samples: 2,
      scores: [
        {
          name: "exact_match,strict-match",
          scorer: "exact_match",
          metrics: { mean: { value: 0.5 }, stderr: { value: 0.5 } },
        },
        {
          name: "exact_match,flexible-extract",
          params: { filter: "flexible-extract" },
          metrics: { low: { value: 0 } },
        },
      ],
    },
  });
  expect(log["samples"]).toMatchObject([
    {
      ...{ id: 1, epoch: 1, input: "Question: 1?\nAnswer:", target: "#### 1" },
      messages: [{ role: "user" }, { role: "assistant", content: "It is 1. #### 1" }],
      output: { completion: "It is 1. #### 1", choices: [{ stop_reason: "stop" }] },
      scores: { "exact_match,strict-match": { value: 1, answer: "1" } },
    },
    {
      output: { choices: [{ stop_reason: "max_tokens" }] },
      scores: {
        "exact_match,strict-match": { value: 0, answer: "[invalid]" },
        "exact_match,flexible-extract": { value: 0, answer: "1" },
      },
    },
  ]);
});

it("has the choices of an item, the likeliest as the answer", async () => {
  const task = builtInTasks("arc_easy")[0]!;
  const documents = [{ question: "Q", choices: { text: ["a", "bb"], label: ["A", "B"] }, answerKey: "A" }];
  const loglikelihood = async () => [-3, -2].map((logProb) => ({ logProb, isGreedy: false }));
  const evaluation = { task, run: await runTask(task, { documents, loglikelihood, random }) };
  const { samples } = inspectLog({ evaluation, entry: entryOf(evaluation), ...about }) as { samples: object[] };
  expect(samples).toMatchObject([
    {
      ...{ choices: ["a", "bb"], target: "a", output: { completion: "bb" }, metadata: { likelihoods: [-3, -2] } },
      scores: { "acc,none": { value: 0, answer: "bb" }, "acc_norm,none": { value: 0 } },
    },
  ]);
});
