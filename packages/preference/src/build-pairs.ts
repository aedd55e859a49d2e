import type { Completion } from "./completion.ts";
import { PreferenceError } from "./errors.ts";
import type { Item } from "./item.ts";
import { makePair } from "./make-pair.ts";
import { zeroCounts, type PairCounts } from "./pair-counts.ts";
import { pairFilterOptions, type IsCorrect, type PairFilterOptionsInput } from "./pair-filters.ts";
import type { Pair } from "./pair.ts";

/** One model's answers. */
export interface Responses {
  /** The model's name, for the rows. */
  readonly model: string;
  /** Aligned with the items. */
  readonly responses: readonly string[];
}

export interface BuiltPairs {
  readonly pairs: Pair[];
  readonly counts: PairCounts;
}

export interface BuildPairsInput {
  readonly items: readonly Item[];
  /** The stronger model's answers. */
  readonly chosen: Responses;
  /** The weaker model's. */
  readonly rejected: Responses;
  readonly filters?: PairFilterOptionsInput | undefined;
  /** For the filters `inverted` and `both_wrong`. */
  readonly isCorrect?: IsCorrect | undefined;
}

/** Texts do not say why they ended: the filter `truncated` finds none. */
const complete = (text: string): Completion => ({ text, finish: "stop" });

/**
 * Delta learning's pairs (Geng et al. 2025, arXiv 2507.06187): the stronger model's answer is chosen because the model is
 * stronger, not because the answer was judged. By default pairs without a difference and pairs with a blank side are dropped; all that is dropped is
 * counted.
 *
 * @throws PreferenceError E_RESPONSES when a model did not answer every item
 */
export function buildPairs({ items, chosen, rejected, filters, isCorrect }: BuildPairsInput): BuiltPairs {
  const problems = Object.entries({ chosen, rejected }).flatMap(([side, { model, responses }]) =>
    responses.length === items.length
      ? []
      : [`${side}.responses — expected ${items.length}, one for each item, got ${responses.length} from ${model}`],
  );
  if (problems.length > 0) throw new PreferenceError("E_RESPONSES", problems);

  const parsed = pairFilterOptions.parse(filters ?? {});
  const counts = zeroCounts(parsed);
  const pairing = { chosenModel: chosen.model, rejectedModel: rejected.model, filters: parsed, isCorrect, counts };
  const pairs = items.flatMap((item, i) => {
    const candidate = { item, chosen: complete(chosen.responses[i]!), rejected: complete(rejected.responses[i]!) };
    return makePair(candidate, pairing) ?? [];
  });
  return { pairs, counts };
}
