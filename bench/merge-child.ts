/** One merge in a process of its own, so that its peak memory is the merge's: loads, merges, saves, prints a line of JSON. */
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { mergeAdapters, type MergeOptions } from "@prefdelta/merge";

export interface MergeJob {
  readonly folders: readonly string[];
  readonly output: string;
  readonly options: MergeOptions;
}

export interface MergeTimes {
  /** From the first byte read to the last one written. */
  readonly seconds: number;
  /** Of these, mergeAdapters. */
  readonly mergeSeconds: number;
  readonly peakRssBytes: number;
}

const { folders, output, options } = JSON.parse(process.argv[2]!) as MergeJob;
const started = performance.now();
const adapters = [];
for (const folder of folders) adapters.push(await loadAdapter(folder));
const loaded = performance.now();
const { adapter } = mergeAdapters(adapters, options);
const merged = performance.now();
await saveAdapter(output, adapter);
const times: MergeTimes = {
  seconds: (performance.now() - started) / 1000,
  mergeSeconds: (merged - loaded) / 1000,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(times));
