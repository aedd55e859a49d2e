export interface Bpe {
  /** Token to id: special tokens, then the alphabet, then merged tokens in the order of their merging. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
}

interface TrainBpeOptions {
  readonly vocabularySize: number;
  readonly specialTokens: readonly string[];
  readonly alphabet: readonly string[];
}

interface WordEntry {
  readonly count: number;
  tokens: number[];
}

/**
 * Byte-pair encoding: the most frequent pair of neighbours becomes a token until the vocabulary is full.
 * Sennrich et al. 2016, https://arxiv.org/abs/1508.07909, algorithm 1. Of equally frequent pairs the one with the smaller
 * ids goes first, as in Hugging Face's tokenizers, so that both make the same vocabulary from the same words.
 */
export function trainBpe(wordCounts: ReadonlyMap<string, number>, options: TrainBpeOptions): Bpe {
  const tokens = [...options.specialTokens, ...options.alphabet];
  const vocabulary = new Map(tokens.map((token, id) => [token, id]));
  const words = Array.from(wordCounts, ([word, count]): WordEntry => ({ count, tokens: idsOf(word, vocabulary) }));
  const pairs = new PairIndex();
  words.forEach((word, index) => pairs.add(word, index));
  const merges: [string, string][] = [];
  while (tokens.length < options.vocabularySize) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const [left, right] = pair;
    const parts: [string, string] = [tokens[left] ?? "", tokens[right] ?? ""];
    merges.push(parts);
    const merged = parts.join("");
    // Two merges may spell the same token: the second adds a rule but no entry.
    const id = vocabulary.get(merged) ?? tokens.push(merged) - 1;
    vocabulary.set(merged, id);
    for (const index of pairs.wordsWith(left, right)) {
      const word = words[index];
      if (word === undefined) continue;
      pairs.remove(word);
      word.tokens = mergePair(word.tokens, pair, id);
      pairs.add(word, index);
    }
  }
  return { vocabulary, merges };
}

/** How often each pair of neighbours occurs, and which words may hold it. */
class PairIndex {
  readonly #counts = new Map<number, number>();
  readonly #words = new Map<number, Set<number>>();

  add(word: WordEntry, index: number): void {
    for (const key of pairKeys(word.tokens)) {
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + word.count);
      const indices = this.#words.get(key);
      if (indices === undefined) this.#words.set(key, new Set([index]));
      else indices.add(index);
    }
  }

  remove(word: WordEntry): void {
    for (const key of pairKeys(word.tokens)) this.#counts.set(key, (this.#counts.get(key) ?? 0) - word.count);
  }

  wordsWith(left: number, right: number): number[] {
    return [...(this.#words.get(pairKey(left, right)) ?? [])];
  }

  mostFrequent(): readonly [number, number] | undefined {
    let best = -1;
    let bestCount = 0;
    for (const [key, count] of this.#counts) {
      if (count > bestCount || (count === bestCount && count > 0 && key < best)) [best, bestCount] = [key, count];
    }
    return bestCount > 0 ? [Math.floor(best / pairBase), best % pairBase] : undefined;
  }
}

/** Keys order pairs by left id, then by right id. */
const pairBase = 2 ** 20;

function pairKey(left: number, right: number): number {
  return left * pairBase + right;
}

function pairKeys(tokens: readonly number[]): number[] {
  return tokens.slice(1).map((right, i) => pairKey(tokens[i] ?? 0, right));
}

function mergePair(tokens: readonly number[], [left, right]: readonly [number, number], merged: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === left && tokens[i + 1] === right) {
      out.push(merged);
      i++;
    } else out.push(tokens[i] ?? 0);
  }
  return out;
}

/** Throws a RangeError for a symbol outside the alphabet. */
function idsOf(word: string, vocabulary: ReadonlyMap<string, number>): number[] {
  return Array.from(word, (symbol) => {
    const id = vocabulary.get(symbol);
    if (id === undefined) throw new RangeError(`trainBpe: ${JSON.stringify(symbol)} is not in the alphabet`);
    return id;
  });
}
