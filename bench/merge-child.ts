/** One merge, or a sweep, in a process of its own, so that its peak memory is the merge's; prints a line of JSON. */
import { join } from "node:path";
import type { MergeOptions } from "@prefdelta/merge";
import { mergeFoldersEach, mergeFoldersIntoBase } from "@prefdelta/merge/node";

export interface MergeJob {
  readonly folders: readonly string[];
  /** A folder for each merge at each λ is made in it, or the merged model. */
  readonly output: string;
  readonly merges: readonly MergeOptions[];
  readonly scales: readonly number[];
  /** Folder of a model that the one merge is added to; null: adapters are written. */
  readonly base: string | null;
}

export interface MergeTimes {
  /** From the first byte read to the last one written. */
  readonly seconds: number;
  readonly peakRssBytes: number;
}

const { folders, output, merges, scales, base } = JSON.parse(process.argv[2]!) as MergeJob;
const started = performance.now();
if (base === null) {
  const filesOf = (place: number) => scales.map((scale) => ({ out: join(output, `${place}-x${scale}`), scale }));
  await mergeFoldersEach(
    folders,
    merges.map((options, place) => ({ options, files: filesOf(place) })),
  );
} else {
  await mergeFoldersIntoBase(folders, { ...merges[0]!, scale: scales[0]! }, { out: output, base });
}
const times: MergeTimes = {
  seconds: (performance.now() - started) / 1000,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(times));
