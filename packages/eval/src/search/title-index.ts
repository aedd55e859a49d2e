import { EvalError } from "../errors.ts";
import type { Document, Retrieve } from "./document.ts";

const fold = (text: string): string => text.trim().toLowerCase();

/** Runs of three characters of a title, two blanks before it and one after: its beginning weighs more than its end. */
function trigrams(text: string): Set<string> {
  const padded = `  ${text} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, i) => padded.slice(i, i + 3)));
}

/** The places of the `count` largest values, largest first; of equals, the first. For small counts. Overwrites the values. */
function largest(values: Float64Array, count: number): number[] {
  return Array.from({ length: Math.min(count, values.length) }, () => {
    let best = 0;
    for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
    values[best] = -Infinity;
    return best;
  });
}

/**
 * Looks titles up: documents of exactly that title first, then by likeness of spelling (Jaccard index of character trigrams), equally like
 * ones by title, so that the order of the corpus counts only where titles are the same; case and blanks around do not count. There are always
 * `topK` documents as far as the corpus has them, however unlike.
 * For encyclopaedias of short titles, where a query is a title that may be misspelt.
 *
 * @throws {EvalError} E_EMPTY_CORPUS
 */
export function createTitleIndex(corpus: readonly Document[]): Retrieve {
  if (corpus.length === 0)
    throw new EvalError("E_EMPTY_CORPUS", "title index: documents — expected at least one, got none");
  const entries = corpus.map((document) => ({ document, folded: fold(document.title) }));
  entries.sort((a, b) => Number(a.folded > b.folded) - Number(a.folded < b.folded));
  const documents = entries.map(({ document }) => document);
  const exact = new Map<string, number[]>();
  const postings = new Map<string, number[]>();
  const add = (lists: Map<string, number[]>, key: string, i: number): void => {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [i]);
    else list.push(i);
  };
  const sizes = entries.map(({ folded }, i) => {
    add(exact, folded, i);
    const grams = trigrams(folded);
    for (const gram of grams) add(postings, gram, i);
    return grams.size;
  });

  const find = (folded: string, topK: number): Document[] => {
    const same = exact.get(folded) ?? [];
    if (same.length >= topK) return same.slice(0, topK).map((i) => documents[i]!);
    const grams = trigrams(folded);
    const shared = new Float64Array(documents.length);
    for (const gram of grams) for (const i of postings.get(gram) ?? []) shared[i]!++;
    const likeness = shared.map((both, i) => both / (grams.size + sizes[i]! - both));
    for (const i of same) likeness[i] = 2; // above every other
    return largest(likeness, topK).map((i) => documents[i]!);
  };
  return async (queries, topK) => queries.map((query) => find(fold(query), topK));
}
