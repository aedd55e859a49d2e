import type { Completion } from "@prefdelta/causal-lm";
import type { Pair } from "@prefdelta/preference";
import { answerText, checkAnswer } from "./answer-text.ts";
import { splitObservations } from "./observation-spans.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";

export interface EncodedPair {
  /** The pair's prompt_id. */
  readonly id: string;
  readonly prompt: readonly number[];
  readonly chosen: Completion;
  readonly rejected: Completion;
}

export interface EncodedPairs {
  readonly pairs: readonly EncodedPair[];
  readonly counts: {
    readonly given: number;
    readonly kept: number;
    /** A side with its prompt exceeds max_length. */
    readonly tooLong: number;
    /** A side has no token of the model's own. */
    readonly empty: number;
  };
}

interface EncodeOptions {
  readonly maxLength: number | null;
  readonly maskObservations: boolean;
}

/** An answer apart from its prompt, piece by piece as it was written: the environment's pieces count nothing. */
function encodeAnswer(tokenizer: PairTokenizer, text: string, maskObservations: boolean): Completion {
  const spans = maskObservations ? splitObservations(text) : [{ text, observed: false }];
  const ids: number[] = [];
  const mask: number[] = [];
  for (const span of spans) {
    const piece = tokenizer.encode(span.text);
    ids.push(...piece);
    mask.push(...piece.map(() => (span.observed ? 0 : 1)));
  }
  return { ids, mask };
}

/**
 * Renders pairs with the chat template and encodes them. A prompt's ids serve both of its answers, so answers are encoded apart from it; the
 * tokens that end the assistant's turn belong to the answer and count, as in TRL. Pairs too long or without a counted token are left out and
 * counted, never cut.
 *
 * @throws {DpoError} E_TEMPLATE, E_PAIR
 */
export function encodePairs(tokenizer: PairTokenizer, pairs: readonly Pair[], options: EncodeOptions): EncodedPairs {
  const { maxLength, maskObservations } = options;
  const kept: EncodedPair[] = [];
  let tooLong = 0;
  let empty = 0;
  pairs.forEach((pair, index) => {
    const promptText = tokenizer.applyChatTemplate(pair.prompt, { addGenerationPrompt: true });
    const encodeSide = (side: "chosen" | "rejected"): Completion => {
      const where = `pair ${index + 1} (${pair.prompt_id}), ${side}`;
      checkAnswer(pair[side], where);
      const whole = tokenizer.applyChatTemplate([...pair.prompt, ...pair[side]]);
      return encodeAnswer(tokenizer, answerText({ prompt: promptText, whole, where }), maskObservations);
    };
    const prompt = tokenizer.encode(promptText);
    const chosen = encodeSide("chosen");
    const rejected = encodeSide("rejected");
    const longest = prompt.length + Math.max(chosen.ids.length, rejected.ids.length);
    if (maxLength !== null && longest > maxLength) tooLong++;
    else if (![chosen, rejected].every(({ mask }) => mask.includes(1))) empty++;
    else kept.push({ id: pair.prompt_id, prompt, chosen, rejected });
  });
  return { pairs: kept, counts: { given: pairs.length, kept: kept.length, tooLong, empty } };
}
