import type { Completion } from "../completion.ts";
import type { Sides } from "../diagnostics/sides.ts";
import type { Item } from "../item.ts";
import { makePair } from "../make-pair.ts";
import { zeroCounts, type PairCounts } from "../pair-counts.ts";
import { pairFilterOptions, type IsCorrect, type PairFilterOptionsInput } from "../pair-filters.ts";
import type { Pair } from "../pair.ts";
import type { ResponseStore } from "./response-store.ts";

export interface StoredPairsInput {
  readonly items: Iterable<Item> | AsyncIterable<Item>;
  /** The stronger model's answers. */
  readonly chosen: ResponseStore;
  /** The weaker model's. */
  readonly rejected: ResponseStore;
  readonly filters?: PairFilterOptionsInput | undefined;
  /** For the filters `inverted` and `both_wrong`. */
  readonly isCorrect?: IsCorrect | undefined;
}

export interface StoredPairs {
  readonly pairs: AsyncGenerator<Pair>;
  /** Complete once the pairs have been read to their end. */
  readonly counts: Readonly<PairCounts>;
  /** What one of the pairs was made of, as long as somebody holds it. */
  readonly sourceOf: (pair: Pair) => PairSource | undefined;
}

export interface PairSource {
  readonly item: Item;
  /** How many tokens the answers have, as each model counts its own; undefined where that is not known. */
  readonly tokens: Sides<number> | undefined;
}

/** Of several completions only the sum is known; reasoning that was told apart is counted, but no part of the text. */
function tokensOf(completions: readonly Completion[]): number | undefined {
  const [only] = completions;
  return completions.length === 1 && only!.reasoning === undefined ? only!.usage?.completion : undefined;
}

/** Items whose answers are read together. */
const readAhead = 64;

async function* batches<T>(values: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const value of values) {
    batch.push(value);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Pairs of stored answers, in the order of the items, as in delta learning (see buildPairs): one generation of a model serves every pair that it
 * takes part in. Of n completions the i-th of one model meets the i-th of the other; the row says which by `sample`. Memory: 64 items.
 *
 * @throws PreferenceError E_STORE; what `items` throws passes through
 */
export function storedPairs({ items, chosen, rejected, filters, isCorrect }: StoredPairsInput): StoredPairs {
  const parsed = pairFilterOptions.parse(filters ?? {});
  const counts = { ...zeroCounts(parsed), unanswered: 0 };
  const pairing = { chosenModel: chosen.model, rejectedModel: rejected.model, filters: parsed, isCorrect, counts };

  const sources = new WeakMap<Pair, PairSource>();

  async function* read(): AsyncGenerator<Pair> {
    for await (const batch of batches(items, readAhead)) {
      const answered = await Promise.all(
        batch.map(async (item) => {
          const sides = [chosen, rejected].map((store) => store.get(store.keyOf(item.prompt, item.tools)));
          const [better, worse] = await Promise.all(sides);
          return { item, better, worse };
        }),
      );
      for (const { item, better, worse } of answered) {
        if (better === undefined || worse === undefined) {
          counts.prompts++;
          counts.unanswered++;
          continue;
        }
        for (let sample = 0; sample < Math.min(better.length, worse.length); sample++) {
          const pair = makePair({ item, chosen: better[sample]!, rejected: worse[sample]! }, pairing);
          if (pair === undefined) continue;
          const [own, other] = [tokensOf(better), tokensOf(worse)];
          const tokens = own === undefined || other === undefined ? undefined : { chosen: own, rejected: other };
          const row = better.length === 1 ? pair : { ...pair, sample };
          sources.set(row, { item, tokens });
          yield row;
        }
      }
    }
  }
  return { pairs: read(), counts, sourceOf: (pair) => sources.get(pair) };
}
