export { writeResults, writeSamples } from "./results/write-results.ts";
export { readCorpus } from "./search/read-corpus.ts";
