import type { Completion } from "@prefdelta/causal-lm";
import { answerSpans } from "./answer-spans.ts";
import { type Span, splitObservations } from "./observation-spans.ts";
import type { PairTokenizer } from "./pair-tokenizer.ts";
import { isTextPair, type TrainingPair } from "./training-pair.ts";
import { truncatePair, type TruncationMode } from "./truncate-pair.ts";

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
    /** Left out: a side with its prompt exceeds max_length. */
    readonly tooLong: number;
    /** Left out: a side has no token of the model's own. */
    readonly empty: number;
    /** Kept, but cut to max_length. */
    readonly cut: number;
  };
}

interface EncodeOptions {
  readonly maxLength: number | null;
  readonly maskObservations: boolean;
  /** "drop", unless it is given. */
  readonly truncation?: TruncationMode;
}

/** An answer apart from its prompt, piece by piece as it was written: the environment's pieces count nothing. */
function encodeAnswer(tokenizer: PairTokenizer, written: readonly Span[], maskObservations: boolean): Completion {
  const text = written.map((span) => span.text).join("");
  const spans = maskObservations
    ? written.flatMap((span) => (span.observed ? [span] : splitObservations(span.text)))
    : [{ text, observed: false }];
  const ids: number[] = [];
  const mask: number[] = [];
  for (const span of spans) {
    const piece = tokenizer.encode(span.text);
    ids.push(...piece);
    mask.push(...piece.map(() => (span.observed ? 0 : 1)));
  }
  return { ids, mask };
}

const endTurn = ({ ids, mask }: Completion, eosId: number): Completion => ({
  ids: [...ids, eosId],
  mask: [...mask, 1],
});

interface Sides {
  readonly prompt: string;
  readonly chosen: Completion;
  readonly rejected: Completion;
}

/** @throws {DpoError} E_TEMPLATE, E_PAIR; `name` is the pair in the message */
function encodeSides(
  tokenizer: PairTokenizer,
  pair: TrainingPair,
  { name, maskObservations }: { readonly name: string; readonly maskObservations: boolean },
): Sides {
  const encode = (spans: readonly Span[]): Completion => encodeAnswer(tokenizer, spans, maskObservations);
  if (isTextPair(pair)) {
    const side = (text: string): Completion => endTurn(encode([{ text, observed: false }]), tokenizer.eosId);
    return { prompt: pair.prompt, chosen: side(pair.chosen), rejected: side(pair.rejected) };
  }
  const { tools } = pair;
  const opening = tokenizer.applyChatTemplate(pair.prompt, { addGenerationPrompt: true, tools });
  const side = (which: "chosen" | "rejected"): Completion => {
    const answered = { prompt: pair.prompt, opening, answer: pair[which], tools, where: `${name}, ${which}` };
    return encode(answerSpans(tokenizer, answered));
  };
  return { prompt: opening, chosen: side("chosen"), rejected: side("rejected") };
}

/**
 * Renders pairs with the chat template and encodes them. A prompt's ids serve both of its answers, so answers are encoded apart from it; the
 * tokens that end the assistant's turn belong to the answer and count, as in TRL; messages of others within an answer do not. Pairs of texts are encoded as they stand, answers ending with
 * the end-of-turn token. Pairs too long are left out or cut, as `truncation` says; those and pairs without a counted token are counted.
 *
 * @throws {DpoError} E_TEMPLATE, E_PAIR
 */
export function encodePairs(
  tokenizer: PairTokenizer,
  pairs: readonly TrainingPair[],
  options: EncodeOptions,
): EncodedPairs {
  const { maxLength, maskObservations, truncation: mode = "drop" } = options;
  const kept: EncodedPair[] = [];
  const counts = { tooLong: 0, empty: 0, cut: 0 };
  pairs.forEach((pair, index) => {
    const name = `pair ${index + 1} (${pair.prompt_id})`;
    const { prompt, ...answers } = encodeSides(tokenizer, pair, { name, maskObservations });
    const encoded = { id: pair.prompt_id, prompt: tokenizer.encode(prompt), ...answers };
    const fitted = truncatePair(encoded, { maxLength, mode });
    if (!fitted) {
      counts.tooLong++;
      return;
    }
    const { chosen, rejected } = fitted.pair;
    if (![chosen, rejected].every(({ mask }) => mask.includes(1))) {
      counts.empty++;
      return;
    }
    if (fitted.wasCut) counts.cut++;
    kept.push(fitted.pair);
  });
  return { pairs: kept, counts: { given: pairs.length, kept: kept.length, ...counts } };
}
