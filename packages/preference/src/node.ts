export { readItems, writeItems } from "./items-file.ts";
export { readPairs, writePairs } from "./pairs-file.ts";
export { collectResponses } from "./store/collect-responses.ts";
export type { CollectCounts, CollectOptions } from "./store/collect-responses.ts";
export { openResponseStore } from "./store/response-store.ts";
export type { GenerationIdentity, ResponseStore } from "./store/response-store.ts";
export { storedPairs } from "./store/stored-pairs.ts";
export type { StoredPairs, StoredPairsInput } from "./store/stored-pairs.ts";
