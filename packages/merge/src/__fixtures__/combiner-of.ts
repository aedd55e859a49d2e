import { createRandom } from "@prefdelta/random";
import type { CoreSpace } from "../core-space.ts";
import { mergeMethods, mergeOptionsSchema, type MergeOptions, type ParsedMergeOptions } from "../merge-options.ts";
import type { Combined, SubspaceMethod } from "../methods/merge-method.ts";

/** What a method on subspaces makes of a module. */
export const combinerOf = (options: MergeOptions): ((space: CoreSpace) => Combined) => {
  const parsed = mergeOptionsSchema.parse(options);
  const combine = (mergeMethods[parsed.method] as SubspaceMethod<ParsedMergeOptions>).combiner(parsed);
  return (space) => combine(space, createRandom(0));
};
