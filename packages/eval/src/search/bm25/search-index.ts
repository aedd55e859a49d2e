import { analyse } from "./analyse.ts";

/** The passages that hold a term, in rising order, and what the term adds to each one's score. */
export interface Postings {
  readonly documents: Uint32Array;
  readonly impacts: Float32Array;
}

export interface Bm25Index {
  /** Passages. */
  readonly size: number;
  /** Numbers of the terms, 0, 1, … in the map's order. */
  readonly terms: ReadonlyMap<string, number>;
  /** In memory at once, or read when asked for. */
  readonly postings: (term: number) => Postings | Promise<Postings>;
}

export interface Hit {
  /** Number of the passage in the corpus, from 0. */
  readonly document: number;
  readonly score: number;
}

/** The scores of all passages: float32 [size]. A term that a query repeats counts as often. */
export async function scorePassages(index: Bm25Index, query: string, scores: Float32Array): Promise<void> {
  scores.fill(0);
  for (const stem of analyse(query)) {
    const term = index.terms.get(stem);
    if (term === undefined) continue;
    const { documents, impacts } = await index.postings(term);
    for (let i = 0; i < documents.length; i++) scores[documents[i]!]! += impacts[i]!;
  }
}

/** The places of the `count` largest positive scores, largest first; of equals, the first. For small counts. */
function best(scores: Float32Array, count: number): Hit[] {
  const hits: Hit[] = [];
  let least = 0;
  for (let document = 0; document < scores.length; document++) {
    const score = scores[document]!;
    if (score <= least) continue;
    let place = hits.length;
    while (place > 0 && hits[place - 1]!.score < score) place--;
    hits.splice(place, 0, { document, score });
    if (hits.length > count) hits.pop();
    if (hits.length === count) least = hits.at(-1)!.score;
  }
  return hits;
}

/** The `topK` passages that score highest, fewer where fewer share a term with the query (as Lucene; bm25s fills up with zeros). */
export function createBm25Search(index: Bm25Index): (query: string, topK: number) => Promise<Hit[]> {
  // Scores of millions of passages are used again: making them anew for each query is what the garbage collector would then be busy with.
  const idle: Float32Array[] = [];
  return async (query, topK) => {
    if (topK < 1) return [];
    const scores = idle.pop() ?? new Float32Array(index.size);
    try {
      await scorePassages(index, query, scores);
      return best(scores, topK);
    } finally {
      idle.push(scores);
    }
  };
}
