import { EvalError } from "../errors.ts";
import type { ScoredItem } from "../statistics/compare-runs.ts";
import { compileFilters } from "./filters.ts";
import { exactMatch, type Likelihood, markChoice } from "./mark.ts";
import { promptBuilder, type PromptOptions } from "./prompt.ts";
import { type Doc, documentReader, exampleReader, type TaskDocument, taskDocuments } from "./task-document.ts";
import type { TaskConfig } from "./task-schema.ts";

export interface LikelihoodRequest {
  readonly context: string;
  readonly continuation: string;
}

/** A model that scores: one likelihood a request, in order. */
export type Loglikelihood = (requests: readonly LikelihoodRequest[]) => Promise<readonly Likelihood[]>;

export interface GenerateRequest {
  readonly context: string;
  /** Texts that end the answer; they are cut off it. */
  readonly until: readonly string[];
  readonly maxNewTokens: number;
  /** 0: greedy. */
  readonly temperature: number;
  readonly topP?: number;
  readonly topK?: number;
}

export interface GeneratedAnswer {
  readonly text: string;
  /** Whether the token limit ended it. */
  readonly truncated?: boolean;
}

/** A model that writes: one answer a request, in order. */
export type GenerateUntil = (requests: readonly GenerateRequest[]) => Promise<readonly GeneratedAnswer[]>;

export interface RunTaskOptions extends PromptOptions {
  /** Rows of the split that is asked. */
  readonly documents: readonly Doc[];
  /** Rows that examples are taken from. */
  readonly fewshot?: readonly Doc[];
  readonly loglikelihood?: Loglikelihood;
  readonly generate?: GenerateUntil;
}

/** One item under one filter, as lm-evaluation-harness' samples files have it. */
export type TaskSample = Readonly<Record<string, unknown>>;

export interface TaskRun {
  readonly task: string;
  /** Items by `metric,filter`; ids are places in the data. A document's `cluster` says what it shares with others; without it stands alone. */
  readonly scores: Readonly<Record<string, readonly ScoredItem[]>>;
  readonly samples: readonly TaskSample[];
  /** Shares of answers that no filter could read, by filter, and of those cut at the token limit. Of generate_until. */
  readonly unparsed: Readonly<Record<string, number>>;
  readonly truncated: number;
}

interface Question extends TaskDocument {
  readonly prompt: string;
}

function port<T>(value: T | undefined, name: string, task: TaskConfig): T {
  if (value !== undefined) return value;
  throw new EvalError("E_PORT", `${task.task}: ${task.output_type} — expected the option ${name}, got nothing`);
}

function checkCount(name: string, got: number, expected: number): void {
  if (got !== expected) throw new EvalError("E_PORT", `${name}: results — expected ${expected}, got ${got}`);
}

/** An answer up to the first of its stop texts. */
const cutAt = (text: string, until: readonly string[]): string =>
  until.reduce((left, stop) => (stop === "" ? left : left.split(stop, 1)[0]!), text);

type Marks = Readonly<Record<string, number>>;

interface Marked {
  readonly filter: string;
  readonly marks: Marks;
  readonly sample: TaskSample;
}

async function runLikelihood(
  task: TaskConfig,
  questions: readonly Question[],
  options: RunTaskOptions,
): Promise<Marked[][]> {
  const { chatTemplate } = options;
  const loglikelihood = port(options.loglikelihood, "loglikelihood", task);
  // A chat template ends where the answer begins.
  const between = chatTemplate === undefined ? task.target_delimiter : "";
  const requests = questions.map(({ prompt, choices, targets }) =>
    task.output_type === "multiple_choice"
      ? choices.map((choice) => ({ context: prompt, continuation: between + choice }))
      : // As lm-evaluation-harness: the target as it is.
        [{ context: prompt, continuation: targets[0]! }],
  );
  const flat = requests.flat();
  const answers = await loglikelihood(flat);
  checkCount("loglikelihood", answers.length, flat.length);
  let at = 0;
  return questions.map((question, i) => {
    const own = answers.slice(at, (at += requests[i]!.length));
    const marks = Object.fromEntries(
      task.metric_list.map(({ metric }) => [
        metric,
        task.output_type === "loglikelihood" || metric === "exact_match"
          ? Number(own[0]!.isGreedy)
          : markChoice(metric, question, own),
      ]),
    );
    const pairs = own.map(({ logProb, isGreedy }) => [logProb, isGreedy]);
    const sample = {
      arguments: Object.fromEntries(
        requests[i]!.map(({ context, continuation }, k) => [`gen_args_${k}`, { arg_0: context, arg_1: continuation }]),
      ),
      resps: pairs.map((pair) => [pair]),
      filtered_resps: pairs,
    };
    return [{ filter: "none", marks, sample }];
  });
}

async function runGenerate(task: TaskConfig, questions: readonly Question[], options: RunTaskOptions) {
  const generate = port(options.generate, "generate", task);
  const { until, max_gen_toks: maxNewTokens, do_sample: sampled, temperature, top_p, top_k } = task.generation_kwargs;
  const requests = questions.map(({ prompt }) => ({
    context: prompt,
    until,
    maxNewTokens,
    temperature: sampled ? temperature : 0,
    ...(top_p === undefined ? {} : { topP: top_p }),
    ...(top_k === undefined ? {} : { topK: top_k }),
  }));
  const answers = await generate(requests);
  checkCount("generate", answers.length, requests.length);
  const filters = compileFilters(task);
  const metrics = task.metric_list.map((metric) => ({ name: metric.metric, mark: exactMatch(metric) }));
  const unread = Object.fromEntries(filters.map(({ name }) => [name, 0]));
  const marked = questions.map(({ doc, targets }, i) => {
    const text = cutAt(answers[i]!.text, until);
    return filters.map(({ name, apply, fallback }): Marked => {
      const answer = apply(text, doc);
      if (fallback !== undefined && answer === fallback) unread[name]!++;
      const marks = Object.fromEntries(metrics.map((metric) => [metric.name, metric.mark(answer, targets)]));
      const sample = {
        arguments: { gen_args_0: { arg_0: requests[i]!.context, arg_1: task.generation_kwargs } },
        resps: [[text]],
        filtered_resps: [answer],
        truncated: answers[i]!.truncated ?? false,
      };
      return { filter: name, marks, sample };
    });
  });
  const share = (count: number): number => count / questions.length;
  return {
    marked,
    unparsed: Object.fromEntries(Object.entries(unread).map(([name, count]) => [name, share(count)])),
    truncated: share(answers.filter(({ truncated }) => truncated === true).length),
  };
}

/**
 * Asks a model a task's items, reads and marks its answers, as lm-evaluation-harness 0.4 does.
 *
 * @throws {EvalError} E_NO_ITEMS, E_DOCUMENT for a row that the task does not fit, E_MISMATCH when there are too few examples, E_PORT
 */
export async function runTask(task: TaskConfig, options: RunTaskOptions): Promise<TaskRun> {
  const documents = taskDocuments(task, options.documents);
  const { samples: examples = taskDocuments(task, options.fewshot ?? []) } = task.fewshot_config;
  if (documents.length === 0)
    throw new EvalError("E_NO_ITEMS", `${task.task}: documents — expected at least one, got none`);
  const read = documentReader(task);
  const pool = task.num_fewshot > 0 ? examples.map(exampleReader(task)) : [];
  const build = promptBuilder(task, pool, options);
  const questions = documents.map((doc, place): Question => {
    const own = read(doc, place);
    return { ...own, prompt: build(own, place) };
  });
  const { marked, unparsed, truncated } =
    task.output_type === "generate_until"
      ? await runGenerate(task, questions, options)
      : { marked: await runLikelihood(task, questions, options), unparsed: {}, truncated: 0 };

  const scores: Record<string, ScoredItem[]> = {};
  const samples = marked.flatMap((ofDocument, place) =>
    ofDocument.map(({ filter, marks, sample }) => {
      const id = String(place);
      const { cluster: shared } = documents[place]!;
      const cluster = typeof shared === "string" ? shared : id;
      for (const [metric, score] of Object.entries(marks)) {
        (scores[`${metric},${filter}`] ??= []).push({ id, cluster, score });
      }
      const { doc, targets, gold } = questions[place]!;
      const target = task.output_type === "multiple_choice" ? gold[0] : targets[0];
      return { doc_id: place, doc, target, ...sample, filter, metrics: Object.keys(marks), ...marks };
    }),
  );
  return { task: task.task, scores, samples, unparsed, truncated };
}
