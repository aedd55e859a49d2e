import type { Check } from "@prefdelta/causal-lm";
import type { PairTokenizer } from "../data/pair-tokenizer.ts";
import { ANSWER, assistant, attempt, encodeSample, question } from "./sample-pair.ts";

const name = "chat template, prompt and answer";

/** What opens the assistant's turn, or the end of the prompt where it cannot be told apart. */
export function openingOf(tokenizer: PairTokenizer, variables?: Readonly<Record<string, unknown>>): string {
  const opened = tokenizer.applyChatTemplate(question, { addGenerationPrompt: true, variables });
  const plain = tokenizer.applyChatTemplate(question, { variables });
  return opened.startsWith(plain) ? opened.slice(plain.length) : `…${opened.slice(-40)}`;
}

/** The tokens of prompt and answer together begin otherwise than those of the prompt: what stands at the first such place in each. */
function seam(tokenizer: PairTokenizer): string | undefined {
  const alone = tokenizer.encode(tokenizer.applyChatTemplate(question, { addGenerationPrompt: true }));
  const together = tokenizer.encode(tokenizer.applyChatTemplate([...question, assistant(ANSWER)]));
  const at = alone.findIndex((id, i) => id !== together[i]);
  if (at === -1) return undefined;
  const shown = (ids: readonly number[]): string =>
    at < ids.length ? `${JSON.stringify(tokenizer.decode([ids[at]!]))} (${ids[at]})` : "its end";
  return `token ${at} is ${shown(alone)} in the prompt and ${shown(together)} with its answer`;
}

/**
 * Whether a conversation's rendering begins as its prompt does, as training needs it: in text, where training would fail otherwise, and in tokens,
 * where it encodes answers apart.
 */
export function checkOpening(tokenizer: PairTokenizer): Check {
  const tried = attempt(() => encodeSample(tokenizer, { prompt: question }));
  if ("error" in tried) {
    const advice =
      "training fails with this error: give rows chat_template_kwargs with which the prompt is the beginning, or mend the template";
    return { name, state: "problem", what: tried.error, advice };
  }
  const torn = seam(tokenizer);
  if (torn !== undefined) {
    const advice =
      "training encodes answers apart from their prompts, as a model that goes on from the prompt's tokens writes them; other trainers may encode both together";
    return { name, state: "warning", what: `the same text, but ${torn}`, advice };
  }
  return {
    name,
    state: "ok",
    what: `the prompt is the beginning, token by token; ${JSON.stringify(openingOf(tokenizer))} opens the answer`,
  };
}
