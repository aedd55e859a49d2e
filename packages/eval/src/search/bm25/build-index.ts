import { splitWords, stemWord } from "./analyse.ts";
import { forwardList } from "./forward-list.ts";
import type { Bm25Index, Postings } from "./search-index.ts";

export interface Bm25Options {
  /** k₁: how fast repetitions of a term stop counting. */
  readonly k1?: number;
  /** b: how much a long passage is held against it, 0 to 1. */
  readonly b?: number;
}

/** Takes passages one by one; `finish` turns them into an index, once. */
export interface Bm25Builder {
  readonly add: (text: string) => void;
  readonly finish: () => BuiltIndex;
}

interface BuiltIndex extends Bm25Index {
  readonly k1: number;
  readonly b: number;
  /** Where each term's postings start among `all`, and the end of the last one's: [terms + 1]. */
  readonly starts: Float64Array;
  readonly all: Postings;
}

const STOP = -1;

/** A word apart from the text it was found in: an engine's substring may hold on to all of it, and words are kept. */
const detach = (word: string): string => Array.from(word).join("");

/**
 * Builds an inverted index of BM25 impacts (Robertson & Zaragoza 2009, The Probabilistic Relevance Framework, in Lucene's form):
 *
 *   impact(t, d) = ln(1 + (N − n_t + ½)/(n_t + ½)) · f / (f + k₁(1 − b + b·|d|/avg|d|))
 *
 * for f = f(t, d) > 0, N passages, n_t of them with t. Impacts are float32 and computed once, as bm25s does (Lù 2024, arXiv:2407.03618), whose
 * numbers for `method="lucene"` these are. k₁ = 0.9 and b = 0.4 by default: Anserini's, which Search-R1's BM25 retriever uses.
 */
export function buildBm25({ k1 = 0.9, b = 0.4 }: Bm25Options = {}): Bm25Builder {
  const termOf = new Map<string, number>(); // stem → term
  const termOfWord = new Map<string, number>(); // each word is stemmed once
  const documentCounts: number[] = []; // n_t
  const slots: number[] = []; // term → its place in the passage at hand
  const lengths: number[] = []; // |d|, all terms counted
  const forward = forwardList();
  let current: number[] = [];

  const lookUp = (found: string): number => {
    const known = termOfWord.get(found);
    if (known !== undefined) return known;
    const word = detach(found);
    const stem = stemWord(word);
    let term = stem === null ? STOP : termOf.get(stem);
    if (term === undefined) {
      term = termOf.size;
      termOf.set(stem!, term);
      documentCounts.push(0);
      slots.push(-1);
    }
    termOfWord.set(word, term);
    return term;
  };

  const add = (text: string): void => {
    const frequencies: number[] = [];
    let length = 0;
    for (const word of splitWords(text)) {
      const term = lookUp(word);
      if (term === STOP) continue;
      length++;
      const slot = slots[term]!;
      if (slot >= 0) frequencies[slot]!++;
      else {
        slots[term] = current.length;
        current.push(term);
        frequencies.push(1);
      }
    }
    for (let slot = 0; slot < current.length; slot++) {
      const term = current[slot]!;
      slots[term] = -1;
      documentCounts[term]!++;
      forward.push(term, frequencies[slot]!);
    }
    forward.endPassage();
    lengths.push(length);
    current = [];
  };

  const finish = (): BuiltIndex => {
    termOfWord.clear();
    const N = lengths.length;
    const averageLength = lengths.reduce((sum, length) => sum + length, 0) / N;
    const idf = Float64Array.from(documentCounts, (n) => Math.log(1 + (N - n + 0.5) / (n + 0.5)));
    const starts = new Float64Array(termOf.size + 1); // integers; there may be more than 2³² postings
    for (let term = 0; term < termOf.size; term++) starts[term + 1] = starts[term]! + documentCounts[term]!;
    const cursor = starts.slice();
    const documents = new Uint32Array(starts[termOf.size]!);
    const impacts = new Float32Array(documents.length);
    forward.drain((passage, term, f) => {
      const place = cursor[term]!++;
      documents[place] = passage;
      impacts[place] = (idf[term]! * f) / (f + k1 * (1 - b + (b * lengths[passage]!) / averageLength));
    });
    const postings = (term: number) => ({
      documents: documents.subarray(starts[term]!, starts[term + 1]!),
      impacts: impacts.subarray(starts[term]!, starts[term + 1]!),
    });
    return { k1, b, size: N, terms: termOf, starts, all: { documents, impacts }, postings };
  };
  return { add, finish };
}
