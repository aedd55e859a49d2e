import type { Check } from "@prefdelta/causal-lm";
import type { PairTokenizer } from "../data/pair-tokenizer.ts";
import { ANSWER, attempt, encodeSample, question } from "./sample-pair.ts";

/** What training learns of an answer, apart: what the template puts before and after it; undefined where the answer is not there as it was. */
function learned(
  tokenizer: PairTokenizer,
  variables?: Readonly<Record<string, unknown>>,
): { readonly text: string; readonly around?: readonly [string, string] } {
  const text = tokenizer.decode(encodeSample(tokenizer, { prompt: question, variables }).chosen.ids);
  const at = text.indexOf(ANSWER);
  return at === -1 ? { text } : { text, around: [text.slice(0, at), text.slice(at + ANSWER.length)] };
}

/** Whether an answer is learned as it was written. */
function checkLearned(tokenizer: PairTokenizer): Check {
  const name = "chat template, answer";
  const { text, around } = learned(tokenizer);
  const what = `${JSON.stringify(ANSWER)} is learned as ${JSON.stringify(text)}`;
  if (around === undefined) {
    return { name, state: "warning", what, advice: "the template changes answers, or the tokenizer does" };
  }
  if (around[0] === "") return { name, state: "ok", what };
  const quiet = attempt(() => learned(tokenizer, { enable_thinking: false }));
  const helps = "value" in quiet && quiet.value.around?.[0] === "";
  const advice = helps
    ? "with chat_template_kwargs: {enable_thinking: false} in its rows, training takes what stands before the answer as the prompt's"
    : "what stands before the answer is learned with every answer";
  return { name, state: "warning", what, advice };
}

/** Whether training teaches the token at which generation stops. */
function checkEnd(tokenizer: PairTokenizer): Check {
  const name = "chat template, end of the answer";
  const { text, around } = learned(tokenizer);
  const after = around?.[1] ?? text.slice(-40);
  const end = tokenizer.decode([tokenizer.eosId]);
  const shown = `${JSON.stringify(end)} (${tokenizer.eosId})`;
  const at = after.indexOf(end);
  if (at === -1) {
    return {
      name,
      state: "problem",
      what: `expected ${shown} after the answer, at which generation stops, got ${after === "" ? "nothing" : JSON.stringify(after)}`,
      advice:
        "eos_token of tokenizer_config.json should be the token with which the template ends the assistant's turn",
    };
  }
  const rest = after.slice(at + end.length);
  const further = rest === "" ? "" : `, then ${JSON.stringify(rest)}, which counts, too, as in TRL`;
  return { name, state: "ok", what: `${at === 0 ? "" : `${JSON.stringify(after.slice(0, at))}, `}${shown}${further}` };
}

/** What training makes of an answer; where it fails there is nothing to say. */
export function checkAnswer(tokenizer: PairTokenizer): Check[] {
  const tried = attempt(() => [checkLearned(tokenizer), checkEnd(tokenizer)]);
  return "value" in tried ? tried.value : [];
}
