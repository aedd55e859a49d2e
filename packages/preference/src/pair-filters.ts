import { z } from "zod";
import type { Completion } from "./completion.ts";
import type { Item } from "./item.ts";
import { differInLanguage } from "./languages.ts";
import { ownText } from "./own-text.ts";
import { similarity } from "./similarity.ts";

/** Two answers that may become a pair. */
export interface Candidate {
  readonly item: Item;
  readonly chosen: Completion;
  readonly rejected: Completion;
}

/** Whether an answer to an item is correct; null where that cannot be told. */
export type IsCorrect = (item: Item, text: string) => boolean | null;

/**
 * Which candidates are dropped. On by default is what leaves nothing to learn from; the rest departs from delta learning's recipe, which filters
 * nothing.
 */
export const pairFilterOptions = z.strictObject({
  /** One of the texts is blank. */
  empty: z.boolean().default(true),
  /** Both texts are the same, character for character. */
  identical: z.boolean().default(true),
  /** Both texts resemble one another so much or more (5-character shingles, 0 to 1). */
  near_identical: z.union([z.literal(false), z.number().gt(0).max(1)]).default(false),
  /** One of the texts was cut off at max_tokens. */
  truncated: z.boolean().default(false),
  /** One of the texts holds `<think>` or `</think>`. */
  think_leak: z.boolean().default(false),
  /** The longer text has more than so many times the characters of the shorter. */
  length_ratio: z.union([z.literal(false), z.number().min(1)]).default(false),
  /** The texts' lengths are more than so many characters apart. */
  length_difference: z.union([z.literal(false), z.int().min(0)]).default(false),
  /** The texts are in different languages. */
  language: z.boolean().default(false),
  /** The rejected text is correct and the chosen one is not. */
  inverted: z.boolean().default(false),
  /** Neither text is correct. */
  both_wrong: z.boolean().default(false),
});

export type PairFilterOptions = z.output<typeof pairFilterOptions>;
export type PairFilterOptionsInput = z.input<typeof pairFilterOptions>;
export type PairFilterName = keyof PairFilterOptions;

type Drops = (candidate: Candidate, limit: number, isCorrect: IsCorrect) => boolean;

const texts = ({ chosen, rejected }: Candidate): [string, string] => [chosen.text, rejected.text];

/** Without observations: what a search found makes no answer longer. */
const ownTexts = ({ chosen, rejected }: Candidate): [string, string] => [ownText(chosen.text), ownText(rejected.text)];

function correctness(candidate: Candidate, isCorrect: IsCorrect) {
  const [chosen, rejected] = ownTexts(candidate);
  return [isCorrect(candidate.item, chosen), isCorrect(candidate.item, rejected)] as const;
}

/** In this order: a candidate is counted under the first that drops it. Numbers are the options' values. */
const filters = {
  empty: (candidate) => texts(candidate).some((text) => text.trim() === ""),
  identical: ({ chosen, rejected }) => chosen.text === rejected.text,
  near_identical: (candidate, limit) => similarity(...ownTexts(candidate)) >= limit,
  truncated: ({ chosen, rejected }) => chosen.finish === "length" || rejected.finish === "length",
  think_leak: (candidate) => ownTexts(candidate).some((text) => /<\/?think>/.test(text)),
  length_ratio(candidate, limit) {
    const [shorter, longer] = ownTexts(candidate)
      .map((text) => text.length)
      .toSorted((a, b) => a - b);
    return longer! > limit * shorter!;
  },
  length_difference(candidate, limit) {
    const [chosen, rejected] = ownTexts(candidate);
    return Math.abs(chosen.length - rejected.length) > limit;
  },
  language: (candidate) => differInLanguage(...ownTexts(candidate)),
  inverted(candidate, _, isCorrect) {
    const [chosen, rejected] = correctness(candidate, isCorrect);
    return chosen === false && rejected === true;
  },
  both_wrong(candidate, _, isCorrect) {
    const [chosen, rejected] = correctness(candidate, isCorrect);
    return chosen === false && rejected === false;
  },
} satisfies Record<PairFilterName, Drops>;

const filterNames = Object.keys(filters) as PairFilterName[];

/** The first filter that drops the candidate; undefined where it is to be a pair. */
export function droppedBy(
  candidate: Candidate,
  options: PairFilterOptions,
  isCorrect: IsCorrect = () => null,
): PairFilterName | undefined {
  return filterNames.find((name) => {
    const setting = options[name];
    const drops: Drops = filters[name];
    return setting !== false && drops(candidate, Number(setting), isCorrect);
  });
}
