import { EvalError } from "../errors.ts";
import type { Document, Retrieve } from "./document.ts";

const fold = (text: string): string => text.trim().toLowerCase();

/** Runs of three characters of a title, two blanks before it and one after: its beginning weighs more than its end. */
function trigrams(text: string): Set<string> {
  const padded = `  ${text} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, i) => padded.slice(i, i + 3)));
}

/** Shared trigrams over all trigrams of either. */
function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const gram of a) if (b.has(gram)) shared++;
  return shared / (a.size + b.size - shared);
}

/**
 * Looks titles up: the document of exactly that title first, then by likeness of spelling (Jaccard index of character trigrams), equals in
 * corpus order. For encyclopaedias of short titles, where a query is a title that may be misspelt.
 *
 * @throws {EvalError} E_EMPTY_CORPUS
 */
export function createTitleIndex(documents: readonly Document[]): Retrieve {
  if (documents.length === 0)
    throw new EvalError("E_EMPTY_CORPUS", "title index: documents — expected at least one, got none");
  const titles = documents.map(({ title }) => fold(title));
  const grams = titles.map(trigrams);
  const find = (query: string, topK: number): Document[] => {
    const folded = fold(query);
    const own = trigrams(folded);
    const scores = grams.map((other, i) => (titles[i] === folded ? 2 : jaccard(own, other)));
    const order = documents.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
    return order.slice(0, topK).map((i) => documents[i]!);
  };
  // Models ask for the same few things again and again.
  const found = new Map<string, Document[]>();
  return async (queries, topK) =>
    queries.map((query) => {
      const key = `${topK} ${fold(query)}`;
      let documents = found.get(key);
      if (!documents) found.set(key, (documents = find(query, topK)));
      return documents;
    });
}
