export { readItems, readPairs, writeItems, writePairs } from "./files.ts";
export { readJsonLines, writeJsonLines } from "./json-lines.ts";
