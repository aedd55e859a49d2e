/** One merge in a process of its own, so that its peak memory is the merge's; prints a line of JSON. */
import type { MergeOptions } from "@prefdelta/merge";
import { mergeFolders } from "@prefdelta/merge/node";

export interface MergeJob {
  readonly folders: readonly string[];
  readonly output: string;
  readonly options: MergeOptions;
}

export interface MergeTimes {
  /** From the first byte read to the last one written. */
  readonly seconds: number;
  readonly peakRssBytes: number;
}

const { folders, output, options } = JSON.parse(process.argv[2]!) as MergeJob;
const started = performance.now();
await mergeFolders(folders, options, { out: output });
const times: MergeTimes = {
  seconds: (performance.now() - started) / 1000,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(times));
