import type { Check } from "@prefdelta/causal-lm";
import type { PairTokenizer } from "../data/pair-tokenizer.ts";
import { openingOf } from "./check-opening.ts";
import { ANSWER, assistant, attempt, encodeSample, question } from "./sample-pair.ts";

const TOOL = {
  type: "function",
  function: {
    name: "count_beetle_legs",
    description: "Counts legs.",
    parameters: { type: "object", properties: { beetles: { type: "integer" } } },
  },
};

/** Whether a template tells the model which tools there are. */
function checkTools(tokenizer: PairTokenizer): Check {
  const name = "chat template, tools";
  const tried = attempt(() => tokenizer.applyChatTemplate(question, { tools: [TOOL], addGenerationPrompt: true }));
  if ("error" in tried) return { name, state: "absent", what: tried.error };
  return tried.value.includes(TOOL.function.name)
    ? { name, state: "ok", what: "told to the model" }
    : { name, state: "absent", what: "left out: rows' tools change nothing" };
}

/** Whether a template listens to enable_thinking, and whether rows can be trained with either value. */
function checkThinking(tokenizer: PairTokenizer): Check {
  const name = "chat template, enable_thinking";
  const values = [true, false].map((enable_thinking) => {
    const variables = { enable_thinking };
    return {
      value: enable_thinking,
      rendered: attempt(() =>
        [question, [...question, assistant(ANSWER)]].map((messages, i) =>
          tokenizer.applyChatTemplate(messages, { addGenerationPrompt: i === 0, variables }),
        ),
      ),
      opening: attempt(() => openingOf(tokenizer, variables)),
      encoded: attempt(() => encodeSample(tokenizer, { prompt: question, variables })),
    };
  });
  const [on, off] = values.map(({ rendered }) => JSON.stringify(rendered));
  if (on === off) return { name, state: "absent", what: "makes no difference" };
  const openings = values.map(
    ({ value, opening }) => `${value} opens with ${"value" in opening ? JSON.stringify(opening.value) : opening.error}`,
  );
  const failing = values.flatMap(({ value, encoded }) =>
    "error" in encoded ? [`with ${value}: ${encoded.error}`] : [],
  );
  if (failing.length === 0) return { name, state: "ok", what: openings.join(", ") };
  const advice = "rows whose chat_template_kwargs say so cannot be trained";
  return { name, state: "warning", what: failing.join("; "), advice };
}

/** What a template is told beside the messages. */
export const checkVariables = (tokenizer: PairTokenizer): Check[] => [checkTools(tokenizer), checkThinking(tokenizer)];
