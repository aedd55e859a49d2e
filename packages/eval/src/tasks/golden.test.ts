import { readFileSync } from "node:fs";
import { createRandom } from "@prefdelta/random";
import { describe, expect, it } from "vitest";
import { builtInTasks } from "./built-in-tasks.ts";
import { type LikelihoodRequest, runTask, type RunTaskOptions } from "./run-task.ts";
import type { Doc } from "./task-document.ts";

interface ChoiceRow {
  requests: [string, string][];
  likelihoods: [number, boolean][];
  marks: { none: Record<string, number> };
}
interface AnswerRow {
  place: number;
  context: string;
  answer: string;
  filtered: Record<string, string>;
  marks: Record<string, Record<string, number>>;
}
interface Golden {
  runs: {
    task: string;
    shots: number;
    style: "plain" | "chat" | "multiturn";
    docs: Doc[];
    rows: (ChoiceRow | AnswerRow)[];
  }[];
}
// tooling/peers/tasks_golden.py
const golden = JSON.parse(readFileSync(new URL("../__fixtures__/tasks.json", import.meta.url), "utf8")) as Golden;

const setUp = ({ task: name, shots, style, docs }: Golden["runs"][number]) => {
  const builtIn = builtInTasks(name)[0]!;
  const fewshot_config = { ...builtIn.fewshot_config, sampler: "first_n" as const };
  const task = { ...builtIn, num_fewshot: shots, fewshot_config };
  const options: RunTaskOptions = {
    documents: docs,
    fewshot: docs,
    random: createRandom(1),
    fewshotAsMultiturn: style === "multiturn",
    ...(style === "plain"
      ? {}
      : {
          chatTemplate: (messages) =>
            `${messages.map(({ role, content }) => `<${role}>${content}</>`).join("")}<assistant>`,
        }),
  };
  return { task, options };
};
const isWritten = ({ rows }: Golden["runs"][number]): boolean => "answer" in rows[0]!;
const name = ({ task, shots, style }: Golden["runs"][number]) => `${task}, ${shots} examples, ${style}`;

describe("multiple choice is lm-evaluation-harness'", () => {
  for (const run of golden.runs.filter((run) => !isWritten(run))) {
    it(name(run), async () => {
      const rows = run.rows as ChoiceRow[];
      const { task, options } = setUp(run);
      let asked: readonly LikelihoodRequest[] = [];
      const { scores, samples } = await runTask(task, {
        ...options,
        loglikelihood: async (requests) => {
          asked = requests;
          return rows.flatMap(({ likelihoods }) => likelihoods.map(([logProb, isGreedy]) => ({ logProb, isGreedy })));
        },
      });
      expect(asked.map(({ context, continuation }) => [context, continuation])).toEqual(
        rows.flatMap((row) => row.requests),
      );
      for (const { metric } of task.metric_list) {
        expect(scores[`${metric},none`]!.map(({ score }) => score)).toEqual(rows.map((row) => row.marks.none[metric]));
      }
      expect(samples).toHaveLength(rows.length);
    });
  }
});

describe("generation is lm-evaluation-harness'", () => {
  for (const run of golden.runs.filter(isWritten)) {
    it(name(run), async () => {
      const rows = run.rows as AnswerRow[];
      const { task, options } = setUp(run);
      const answers = rows.filter(({ place }) => place === 0).map(({ answer }) => answer);
      expect(answers.length).toBeGreaterThan(5);
      for (const answer of answers) {
        const own = rows.filter((row) => row.answer === answer);
        const contexts: string[] = [];
        const { scores, samples } = await runTask(task, {
          ...options,
          generate: async (requests) => {
            contexts.push(...requests.map(({ context }) => context));
            return requests.map(() => ({ text: answer }));
          },
        });
        expect(contexts).toEqual(own.map(({ context }) => context));
        for (const filter of Object.keys(own[0]!.marks)) {
          const ours = samples.filter((sample) => sample["filter"] === filter);
          expect(ours.map((sample) => sample["filtered_resps"])).toEqual(own.map((row) => [row.filtered[filter]]));
          expect(scores[`exact_match,${filter}`]!.map(({ score }) => score)).toEqual(
            own.map((row) => row.marks[filter]!["exact_match"]),
          );
        }
      }
      const marks = rows.flatMap((row) => Object.values(row.marks).map((mark) => mark["exact_match"]));
      expect(new Set(marks)).toEqual(new Set([0, 1]));
    });
  }
});
