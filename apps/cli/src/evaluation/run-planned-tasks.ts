import { join } from "node:path";

import { runQuestions, runTask } from "@prefdelta/eval";
import type { Retrieve, TaskEvaluation } from "@prefdelta/eval";
import { type ResumedCassette, writeSamples } from "@prefdelta/eval/node";
import type { Random } from "@prefdelta/random";

import type { Reporter } from "../print/reporter.ts";
import { interrupted } from "../stages/interrupted.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";
import type { PlannedTask } from "./plan-tasks.ts";
import { resumableModel } from "./resumable-model.ts";
import { samplesFile } from "./write-evaluation.ts";

/** How a model searches: by tags, as Search-R1, or by calling a tool. */
export const searchProtocols = ["search-r1", "tools"] as const;

/** How questions are asked. */
export interface SearchLimits {
  readonly protocol: (typeof searchProtocols)[number];
  readonly maxNewTokens: number;
  readonly maxSearches: number;
  readonly topK: number;
  /** Characters of one observation. */
  readonly maxObservation: number;
}

export interface RunPlannedOptions {
  readonly model: EvaluatedModel;
  /** The model's name in progress and messages. */
  readonly label: string;
  readonly chat: boolean;
  readonly fewshotAsMultiturn: boolean;
  readonly thinking: boolean | undefined;
  readonly random: Random;
  /** Requests asked together, and kept through a kill. */
  readonly chunk: number;
  readonly search: SearchLimits;
  readonly retrieve?: Retrieve | undefined;
  /** Keeps answers through a kill, a file a task. */
  readonly work: string;
  readonly openCassette: (path: string) => Promise<ResumedCassette>;
  /** Where samples are written as soon as a task is done. */
  readonly output: string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Requests of a task at most, for the progress bar; of questions their turns. */
const requestsOf = (planned: PlannedTask, { search, retrieve }: RunPlannedOptions): number => {
  if (planned.kind === "questions") {
    return planned.questions.length * (retrieve === undefined ? 1 : search.maxSearches + 1);
  }
  const { task, data } = planned;
  const choices = Array.isArray(task.doc_to_choice) ? task.doc_to_choice.length : 1;
  return data.documents.length * (task.output_type === "multiple_choice" ? choices : 1);
};

function ask(planned: PlannedTask, options: RunPlannedOptions): Promise<TaskEvaluation> {
  const { model, chat, fewshotAsMultiturn, thinking, random, search, retrieve } = options;
  if (planned.kind === "questions") {
    const { name, questions } = planned;
    const { protocol, ...limits } = search;
    const asked = { name, ...limits, ...(retrieve === undefined ? {} : { retrieve }) };
    return protocol === "tools"
      ? runQuestions(questions, { ...asked, chat: model.converse, thinking: thinking !== false })
      : runQuestions(questions, { ...asked, continueText: model.continueText });
  }
  const { task, data } = planned;
  return runTask(task, {
    ...data,
    ...{ loglikelihood: model.loglikelihood, generate: model.generate, random: random.fork("task", task.task) },
    ...(chat ? { chatTemplate: model.chatTemplate, fewshotAsMultiturn } : {}),
  }).then((run) => ({ task, run }));
}

/** Puts all tasks to one model, one after another. @throws CliError E_INTERRUPTED, EvalError, CausalLmError */
export async function runPlannedTasks(
  tasks: readonly PlannedTask[],
  options: RunPlannedOptions,
): Promise<TaskEvaluation[]> {
  const { label, work, output, chunk, reporter, signal } = options;
  const evaluations: TaskEvaluation[] = [];
  for (const planned of tasks) {
    const name = `${label} ${planned.name}`;
    const cassette = await options.openCassette(join(work, `${planned.name}.calls.jsonl`));
    const progress = reporter.progress(name, { total: requestsOf(planned, options), unit: "requests" });
    const check = (): void => {
      if (signal.aborted) throw interrupted(name);
    };
    try {
      const kept = resumableModel(options.model, options.retrieve, { cassette, chunk, progress, check });
      const evaluation = await ask(planned, { ...options, ...kept });
      await writeSamples(join(output, samplesFile(planned.name)), evaluation.run.samples);
      evaluations.push(evaluation);
    } finally {
      progress.stop();
      await cassette.close();
    }
  }
  return evaluations;
}
