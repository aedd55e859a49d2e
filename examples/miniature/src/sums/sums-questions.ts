import type { Random } from "@prefdelta/random";
import type { Question, Split } from "../question.ts";
import type { Expression } from "./expression.ts";
import { drawExpression, expressionSplit } from "./expression.ts";

export function sumsQuestion({ text, steps, value }: Expression): Question {
  return {
    id: `sums-${text}`,
    entity: text,
    text: ` What is ${text}?`,
    gold: String(value),
    direct: `=<answer>${value}</answer>`,
    worked: `${steps.join(";")}.<answer>${value}</answer>`,
  };
}

/** An endless stream of questions of one split; a question may come twice. */
export function* drawSumsQuestions(split: Split, random: Random): Generator<Question, never> {
  for (;;) {
    const expression = drawExpression(random);
    if (expressionSplit(expression.text) === split) yield sumsQuestion(expression);
  }
}
