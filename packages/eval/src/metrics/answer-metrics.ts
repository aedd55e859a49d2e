import { normaliseAnswer } from "./normalise-answer.ts";

/** What an answer is marked by: each from 0 to 1. */
export type AnswerMetric = keyof typeof answerMetrics;

/** Two answers, normalised. */
type Compare = (prediction: string, answer: string) => number;

const words = (normalised: string): string[] => (normalised === "" ? [] : normalised.split(" "));

/** 2PR/(P+R) over words as multisets; of answers without words, whether both are. */
const wordF1: Compare = (prediction, answer) => {
  const [said, wanted] = [words(prediction), words(answer)];
  if (said.length === 0 || wanted.length === 0) return Number(said.length === wanted.length);
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of said) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common++;
  }
  if (common === 0) return 0;
  const precision = common / said.length;
  const recall = common / wanted.length;
  return (2 * precision * recall) / (precision + recall);
};

/**
 * Metrics of open answers after SQuAD's normalisation. `em` and `f1` are those of SQuAD's script (version 2.0: two empty answers are equal);
 * `cover` is Search-R1's substring match, but an answer of nothing but articles and punctuation covers only its like, where the reference
 * finds the empty string in everything.
 */
const answerMetrics = {
  em: (prediction, answer) => Number(prediction === answer),
  f1: wordF1,
  cover: (prediction, answer) => Number(answer === "" ? prediction === "" : prediction.includes(answer)),
} satisfies Record<string, Compare>;

/** Each metric of a prediction: the largest over the accepted answers. No prediction (null) is wrong by all of them. */
export function markAnswer(prediction: string | null, answers: readonly string[]): Record<AnswerMetric, number> {
  const accepted = answers.map(normaliseAnswer);
  const said = prediction === null ? null : normaliseAnswer(prediction);
  const best = (compare: Compare): number =>
    said === null ? 0 : Math.max(0, ...accepted.map((answer) => compare(said, answer)));
  return { em: best(answerMetrics.em), f1: best(answerMetrics.f1), cover: best(answerMetrics.cover) };
}
