import type { AdapterOutline } from "@prefdelta/lora";
import type { ParsedMergeOptions } from "./merge-options.ts";

/** Where a merged adapter comes from, for the metadata of its file: what it takes to make it again. */
export function mergeMetadata(
  adapters: readonly AdapterOutline[],
  names: readonly string[],
  { scale, ...options }: ParsedMergeOptions,
): Map<string, string> {
  const sources = adapters.map(({ metadata }, i) => ({
    name: names[i]!,
    metadata: Object.fromEntries(
      [...metadata].filter(([key]) => key !== "format").toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  }));
  return new Map([
    ["merge_method", options.method],
    ["merge_options", JSON.stringify(options)],
    ["merge_scale", String(scale)],
    ["merge_sources", JSON.stringify(sources)],
  ]);
}
