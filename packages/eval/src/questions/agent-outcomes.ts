import { extractAnswer } from "../answer.ts";
import { EvalError } from "../errors.ts";
import { type AnswerMetric, markAnswer } from "../metrics/answer-metrics.ts";
import { modelText, type Transcript } from "../transcript.ts";
import type { ScoredItem } from "../statistics/compare-runs.ts";

/** What is counted of an agent's run, beside its marks. Rates are of items: 0 or 1 each. */
const counts = {
  /** Stretches that the model wrote. */
  turns: ({ transcript }) => transcript.segments.filter(({ source }) => source === "model").length,
  searches: ({ transcript }) => transcript.searches,
  /** Search actions that could not be read. */
  invalid: ({ transcript }) => transcript.invalid,
  /** No answer could be read. */
  unparsed: ({ answer }) => Number(answer === null),
  truncated: ({ transcript }) => Number(transcript.stop === "length"),
  think_leak: ({ text, answer, thinking }) => Number(leaks(text, answer, thinking)),
} satisfies Record<string, (row: Row) => number>;

interface Row {
  readonly transcript: Transcript;
  readonly text: string;
  readonly answer: string | null;
  readonly thinking: boolean;
}

/** Measures of which less is better: of two models with the same answers, the one that asks and fails less. */
export const agentCosts: readonly string[] = Object.keys(counts);

export type AgentMeasure = AnswerMetric | keyof typeof counts;

/**
 * Whether reasoning shows where it must not. Where it was not asked for, any think tag is a leak; where it was, one inside the answer, or
 * reasoning that never ends. Merging adapters is known to bring leaks back (arXiv:2601.18350).
 */
function leaks(text: string, answer: string | null, thinking: boolean): boolean {
  if (!thinking) return /<\/?think>/.test(text);
  const open = text.split("<think>").length;
  return /<\/?think>/.test(answer ?? "") || open > text.split("</think>").length;
}

interface AgentItem {
  readonly id: string;
  readonly answers: readonly string[];
  readonly cluster?: string;
}

/**
 * The items of an agent's run by each measure: `em`, `f1` and `cover` of the last `<answer>` that the model wrote, and what happened on the way.
 * Each list can be scored with its interval and compared with another run's.
 *
 * @param thinking whether the prompt asks for `<think>`
 * @throws {EvalError} E_MISMATCH when items and transcripts differ in number
 */
export function agentOutcomes(
  items: readonly AgentItem[],
  transcripts: readonly Transcript[],
  { thinking }: { readonly thinking: boolean },
): Record<AgentMeasure, ScoredItem[]> {
  if (items.length !== transcripts.length) {
    const message = `agent: transcripts — expected ${items.length}, one an item, got ${transcripts.length}`;
    throw new EvalError("E_MISMATCH", message);
  }
  const rows = items.map((item, i) => {
    const transcript = transcripts[i]!;
    const text = modelText(transcript);
    const answer = extractAnswer(text);
    return { item, transcript, text, answer, thinking, marks: markAnswer(answer, item.answers) };
  });
  const list = (measure: (row: (typeof rows)[number]) => number): ScoredItem[] =>
    rows.map((row) => ({ id: row.item.id, cluster: row.item.cluster ?? row.item.id, score: measure(row) }));
  return {
    em: list(({ marks }) => marks.em),
    f1: list(({ marks }) => marks.f1),
    cover: list(({ marks }) => marks.cover),
    turns: list(counts.turns),
    searches: list(counts.searches),
    invalid: list(counts.invalid),
    unparsed: list(counts.unparsed),
    truncated: list(counts.truncated),
    think_leak: list(counts.think_leak),
  };
}
