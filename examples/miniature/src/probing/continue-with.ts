import type { CausalLm } from "@prefdelta/causal-lm";
import { generate } from "@prefdelta/causal-lm";
import type { Continue } from "@prefdelta/eval";
import type { Random } from "@prefdelta/random";

export interface ContinueWithOptions {
  /** Draws at temperature 1; greedy without. */
  readonly random?: Random;
  /** Words put into the model's mouth at the start of its answer, by item. */
  readonly opening?: (id: string) => string;
}

/** A model behind the port of eval's agent. */
export function continueWith(lm: CausalLm, { random, opening = () => "" }: ContinueWithOptions = {}): Continue {
  return async (requests, { stop, maxNewTokens, turn }) => {
    const openings = requests.map(({ id }) => (turn === 0 ? opening(id) : ""));
    const prompts = requests.map(({ prompt, segments }, i) => {
      const asked = lm.tokenizer.applyChatTemplate(prompt, { addGenerationPrompt: true });
      return lm.tokenizer.encode(asked + segments.map(({ text }) => text).join("") + (openings[i] ?? ""));
    });
    const answers = await generate(lm, prompts, {
      maxNewTokens,
      stopStrings: stop,
      ...(random ? { temperature: 1, random: random.fork(turn) } : {}),
    });
    return answers.map(({ text, stop }, i) => ({
      text: (openings[i] ?? "") + text,
      stop: stop === "eos" ? "end" : stop,
    }));
  };
}
