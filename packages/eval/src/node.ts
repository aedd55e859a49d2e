export { writeResults, writeSamples } from "./results/write-results.ts";
export { indexCorpus } from "./search/bm25/index-corpus.ts";
export type { IndexCorpusOptions } from "./search/bm25/index-corpus.ts";
export { openBm25 } from "./search/bm25/open-index.ts";
export type { OpenedIndex } from "./search/bm25/open-index.ts";
export { serveRetriever } from "./search/http/retriever-server.ts";
export type { RetrieverServer, RetrieverServerOptions } from "./search/http/retriever-server.ts";
export { readCorpus, streamCorpus } from "./search/read-corpus.ts";
export type { CorpusEntry } from "./search/read-corpus.ts";
