import { type ExactMatchOptions, extractAnswer, isExactMatch } from "./answer.ts";
import { EvalError } from "./errors.ts";
import { modelText, type Transcript } from "./transcript.ts";

/** What is asked, and what counts as right. */
export interface EvalItem {
  readonly id: string;
  readonly answers?: readonly string[];
  /** What items share that are not independent; the item itself where it is absent. */
  readonly cluster?: string;
}

/** One item's outcome. */
export interface ItemResult {
  readonly id: string;
  readonly cluster: string;
  readonly correct: boolean;
  /** What was taken for the answer; null where none could be read. */
  readonly prediction: string | null;
  readonly answers: readonly string[];
  readonly searches: number;
  readonly truncated: boolean;
}

/**
 * Exact match of the last `<answer>` in the model's own text; what the environment wrote is no answer.
 *
 * @throws {EvalError} E_MISMATCH when items and transcripts differ in number, or an item has no answers
 */
export function evaluate(
  items: readonly EvalItem[],
  transcripts: readonly Transcript[],
  options: ExactMatchOptions = {},
): ItemResult[] {
  if (items.length !== transcripts.length) {
    throw new EvalError(
      "E_MISMATCH",
      `evaluate: transcripts — expected ${items.length}, one an item, got ${transcripts.length}`,
    );
  }
  return items.map(({ id, answers, cluster = id }, i) => {
    if (!answers?.length) throw new EvalError("E_MISMATCH", `evaluate: item "${id}" — expected answers, got none`);
    const transcript = transcripts[i]!;
    const prediction = extractAnswer(modelText(transcript));
    return {
      id,
      cluster,
      correct: isExactMatch(prediction, answers, options),
      prediction,
      answers,
      searches: transcript.searches,
      truncated: transcript.stop === "length",
    };
  });
}
