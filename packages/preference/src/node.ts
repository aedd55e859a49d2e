export { readItems, writeItems } from "./items-file.ts";
export { readPairs, writePairs } from "./pairs-file.ts";
