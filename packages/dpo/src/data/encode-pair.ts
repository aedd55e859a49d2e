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

export interface EncodeOptions {
  readonly maxLength: number | null;
  readonly maskObservations: boolean;
  /** "drop", unless it is given. */
  readonly truncation?: TruncationMode;
}

/** What became of a pair: kept as it is, or cut to max_length; left out, as a side with its prompt exceeds it, or has no token of the model's own. */
export const outcomes = ["whole", "cut", "tooLong", "empty"] as const;
export type Outcome = (typeof outcomes)[number];

export const isKept = (outcome: Outcome): boolean => outcome === "whole" || outcome === "cut";

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

/** Ends a text, unless it ends of its own. */
const endTurn = ({ ids, mask }: Completion, eosId: number): Completion =>
  ids.at(-1) === eosId ? { ids, mask } : { ids: [...ids, eosId], mask: [...mask, 1] };

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
  const template = { tools: pair.tools, variables: pair.chat_template_kwargs };
  const opening = tokenizer.applyChatTemplate(pair.prompt, { addGenerationPrompt: true, ...template });
  const side = (which: "chosen" | "rejected"): Completion => {
    const answered = { prompt: pair.prompt, opening, answer: pair[which], template, where: `${name}, ${which}` };
    return encode(answerSpans(tokenizer, answered));
  };
  return { prompt: opening, chosen: side("chosen"), rejected: side("rejected") };
}

/**
 * Renders a pair with the chat template and encodes it. A prompt's ids serve both of its answers, so answers are encoded apart from it; the
 * tokens that end the assistant's turn belong to the answer and count, as in TRL; messages of others within an answer do not. A pair of texts
 * is encoded as it stands, answers ending with the end-of-turn token.
 *
 * @returns the pair where it is kept
 * @throws {DpoError} E_TEMPLATE, E_PAIR; `name` is the pair in the message
 */
export function encodePair(
  tokenizer: PairTokenizer,
  pair: TrainingPair,
  options: EncodeOptions & { readonly name: string },
): { readonly outcome: Outcome; readonly encoded?: EncodedPair } {
  const { maxLength, truncation: mode = "drop" } = options;
  const { prompt, ...answers } = encodeSides(tokenizer, pair, options);
  const fitted = truncatePair(
    { id: pair.prompt_id, prompt: tokenizer.encode(prompt), ...answers },
    { maxLength, mode },
  );
  if (!fitted) return { outcome: "tooLong" };
  const { pair: encoded, wasCut } = fitted;
  if (![encoded.chosen, encoded.rejected].every(({ mask }) => mask.includes(1))) return { outcome: "empty" };
  return { outcome: wasCut ? "cut" : "whole", encoded };
}
