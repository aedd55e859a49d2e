import { pythonRegex } from "./python-regex.ts";
import type { TaskDocument } from "./task-document.ts";
import type { MetricConfig } from "./task-schema.ts";

/** A continuation's log-probability, nats, and whether each of its tokens is the model's first choice. */
export interface Likelihood {
  readonly logProb: number;
  readonly isGreedy: boolean;
}

/** The place of the largest value; of equals, the first. */
function argmax(values: readonly number[]): number {
  let best = 0;
  values.forEach((value, i) => {
    if (value > values[best]!) best = i;
  });
  return best;
}

const codePoints = (text: string): number => Array.from(text).length;
const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

/** Which choice a metric takes: by log-probability, or by that per character or byte of the choice. */
const scales = {
  acc: () => 1,
  acc_norm: codePoints,
  acc_bytes: utf8Bytes,
} satisfies Record<string, (choice: string) => number>;

/** 1 where the choice that a metric prefers is a right one. */
export function markChoice(
  metric: keyof typeof scales,
  { choices, gold }: Pick<TaskDocument, "choices" | "gold">,
  likelihoods: readonly Likelihood[],
): number {
  const preferred = argmax(choices.map((choice, i) => likelihoods[i]!.logProb / scales[metric](choice)));
  return Number(gold.includes(preferred));
}

/**
 * 1 where an answer equals one of the targets once what the metric ignores is taken away from both, in lm-evaluation-harness' order: patterns,
 * case, ASCII punctuation, digits.
 */
export function exactMatch(metric: MetricConfig): (answer: string, targets: readonly string[]) => number {
  const patterns = metric.regexes_to_ignore.map((pattern) => pythonRegex(pattern, "metric_list: regexes_to_ignore"));
  const reduce = (text: string): string => {
    let rest = patterns.reduce((left, pattern) => left.replace(pattern, ""), text);
    if (metric.ignore_case) rest = rest.toLowerCase();
    if (metric.ignore_punctuation) rest = rest.replace(/[!-/:-@[-`{-~]/g, "");
    return metric.ignore_numbers ? rest.replace(/\d/g, "") : rest;
  };
  return (answer, targets) => {
    const reduced = reduce(answer);
    return Number(targets.some((target) => reduce(target) === reduced));
  };
}
