import { EvalError } from "../../errors.ts";
import { contentsOf, type Document, type RetrieveScored, type ScoredDocument } from "../document.ts";
import { type Bm25Options, buildBm25 } from "./build-index.ts";
import { type Bm25Index, createBm25Search } from "./search-index.ts";

/** Where passages are taken from by their number: memory, or a file. */
type ReadPassage = (document: number) => Document | Promise<Document>;

/** A retriever from an index and the passages that it was built of. */
export function bm25Retriever(index: Bm25Index, read: ReadPassage): RetrieveScored {
  const search = createBm25Search(index);
  const find = async (query: string, topK: number): Promise<ScoredDocument[]> => {
    const hits = await search(query, topK);
    return Promise.all(hits.map(async ({ document, score }) => ({ ...(await read(document)), score })));
  };
  return async (queries, topK) => {
    const found: ScoredDocument[][] = [];
    // One by one: a query holds a score for every passage.
    for (const query of queries) found.push(await find(query, topK));
    return found;
  };
}

/** BM25 over passages in memory, titles with texts. @throws {EvalError} E_EMPTY_CORPUS */
export function createBm25Retriever(corpus: readonly Document[], options: Bm25Options = {}): RetrieveScored {
  if (corpus.length === 0) throw new EvalError("E_EMPTY_CORPUS", "BM25: documents — expected at least one, got none");
  const builder = buildBm25(options);
  for (const document of corpus) builder.add(contentsOf(document));
  return bm25Retriever(builder.finish(), (document) => corpus[document]!);
}
