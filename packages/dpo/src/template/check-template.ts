import type { Check } from "@prefdelta/causal-lm";
import type { PairTokenizer } from "../data/pair-tokenizer.ts";
import { checkAnswer } from "./check-answer.ts";
import { checkOpening } from "./check-opening.ts";
import { checkRenders, checkTurns } from "./check-turns.ts";
import { checkVariables } from "./check-variables.ts";

/**
 * Tries a tokenizer's chat template on conversations as training would encode them: whether a prompt is the beginning of prompt and answer, what is learned
 * of an answer and whether that ends with the token at which generation stops, which roles, turns, tools and variables it takes. Never throws for what
 * the template does.
 */
export function checkTemplate(tokenizer: PairTokenizer): Check[] {
  const renders = checkRenders(tokenizer);
  if (renders.state === "problem") return [renders];
  return [
    renders,
    checkOpening(tokenizer),
    ...checkAnswer(tokenizer),
    ...checkTurns(tokenizer),
    ...checkVariables(tokenizer),
  ];
}
