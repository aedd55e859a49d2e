import { PreferenceError } from "./errors.ts";
import type { Item } from "./item.ts";
import type { Pair } from "./pair.ts";

/** One model's answers. */
export interface Responses {
  /** The model's name, for the rows. */
  readonly model: string;
  /** Aligned with the items. */
  readonly responses: readonly string[];
}

/** `prompts` = `pairs` + `identical` + `empty`. */
export interface PairCounts {
  readonly prompts: number;
  readonly pairs: number;
  /** Both models wrote the same text, character for character: no preference to learn. */
  readonly identical: number;
  /** One of the texts is blank, or both are. */
  readonly empty: number;
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
}

/**
 * Delta learning's pairs (Geng et al. 2025, arXiv 2507.06187): the stronger model's answer is chosen because the model is
 * stronger, not because the answer was judged. Pairs without a difference and pairs with a blank side are dropped and counted.
 *
 * @throws PreferenceError E_RESPONSES when a model did not answer every item
 */
export function buildPairs({ items, chosen, rejected }: BuildPairsInput): BuiltPairs {
  const problems = Object.entries({ chosen, rejected }).flatMap(([side, { model, responses }]) =>
    responses.length === items.length
      ? []
      : [`${side}.responses — expected ${items.length}, one for each item, got ${responses.length} from ${model}`],
  );
  if (problems.length > 0) throw new PreferenceError("E_RESPONSES", problems);

  const pairs: Pair[] = [];
  let identical = 0;
  let empty = 0;
  for (const [i, item] of items.entries()) {
    const better = chosen.responses[i]!;
    const worse = rejected.responses[i]!;
    if (better.trim() === "" || worse.trim() === "") empty++;
    else if (better === worse) identical++;
    else
      pairs.push({
        prompt: item.prompt,
        chosen: [{ role: "assistant", content: better }],
        rejected: [{ role: "assistant", content: worse }],
        prompt_id: item.id,
        chosen_model: chosen.model,
        rejected_model: rejected.model,
      });
  }
  return { pairs, counts: { prompts: items.length, pairs: pairs.length, identical, empty } };
}
