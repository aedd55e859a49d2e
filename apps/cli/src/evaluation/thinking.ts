import type { EvaluatedModel } from "./evaluated-model.ts";

/** What a template is told. */
export const thinkingVariables = (thinking: boolean | undefined): Readonly<Record<string, unknown>> =>
  thinking === undefined ? {} : { enable_thinking: thinking };

const END = "</think>";

/**
 * A model that thinks before it answers: its answer is what follows the last `</think>`, and a task's stop texts end that answer alone, for reasoning is full of
 * empty lines. As lm-evaluation-harness' `think_end_token`. Text without an end of thinking is the answer as it is.
 */
export function withoutThinking(model: EvaluatedModel): EvaluatedModel {
  return {
    ...model,
    async generate(requests) {
      const answers = await model.generate(requests.map((request) => ({ ...request, until: [] })));
      return answers.map((answer) => ({ ...answer, text: answer.text.split(END).at(-1)!.trimStart() }));
    },
  };
}
