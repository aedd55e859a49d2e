import { decontaminatePrompts, deduplicatePrompts, samplePrompts } from "@prefdelta/preference";
import type { DroppedPrompt, Item } from "@prefdelta/preference";
import { readItems, readPrompts, writeDropped, writeItems } from "@prefdelta/preference/node";
import type { Random } from "@prefdelta/random";

import type { PromptSource } from "./generation-schema.ts";

/** What became of a data set's prompts. */
export interface PromptCounts {
  /** Rows read. */
  read: number;
  /** Prompts to be answered. */
  kept: number;
  exact: number;
  near: number;
  contaminated: number;
}

/** The same for a report: null where nobody looked. */
export type SiftedCounts = Pick<PromptCounts, "kept" | "read"> &
  Readonly<Record<"contaminated" | "exact" | "near", number | null>>;

/** What of a pair's prompts was looked for; nothing in a plain file of items. */
export function siftedCounts(counts: PromptCounts, source: PromptSource | string): SiftedCounts {
  const { deduplicate, decontaminate } =
    typeof source === "string" ? { deduplicate: false, decontaminate: [] } : source;
  const near = deduplicate === true || (deduplicate !== false && deduplicate.near !== false);
  return {
    ...counts,
    exact: deduplicate === false ? null : counts.exact,
    near: near ? counts.near : null,
    contaminated: decontaminate.length === 0 ? null : counts.contaminated,
  };
}

export interface PreparePromptsOptions {
  /** The files that a file of the recipe stands for. */
  readonly resolveFiles: (file: string) => Promise<readonly string[]>;
  readonly random: Random;
  /** No more than so many, after all else. */
  readonly limit?: number | undefined;
  /** The items file to write. */
  readonly items: string;
  /** The file of what was left out; not written where nothing was sifted. */
  readonly dropped: string;
}

type ResolveFiles = PreparePromptsOptions["resolveFiles"];

async function* rowsOf({ file, fields }: Pick<PromptSource, "fields" | "file">, resolveFiles: ResolveFiles) {
  for (const named of [file].flat()) for (const path of await resolveFiles(named)) yield* readPrompts(path, fields);
}

async function evaluationItems({ decontaminate }: PromptSource, resolveFiles: ResolveFiles): Promise<Item[]> {
  const items: Item[] = [];
  for (const source of decontaminate) {
    if (typeof source !== "string") for await (const item of rowsOf(source, resolveFiles)) items.push(item);
    else for (const path of await resolveFiles(source)) items.push(...(await readItems(path)));
  }
  return items;
}

async function* first<T>(values: AsyncIterable<T>, limit: number, onEach: () => void): AsyncGenerator<T> {
  let taken = 0;
  if (limit <= 0) return;
  for await (const value of values) {
    onEach();
    yield value;
    if (++taken >= limit) return;
  }
}

/** Writes the prompts of a data set as an items file. Without sifting and sampling they are streamed; else they are all in memory for a while. */
export async function preparePrompts(source: PromptSource, options: PreparePromptsOptions): Promise<PromptCounts> {
  const { resolveFiles, random, limit = Infinity, items: path, dropped: droppedPath } = options;
  const { deduplicate, decontaminate, sample } = source;
  const counts: PromptCounts = { read: 0, kept: 0, exact: 0, near: 0, contaminated: 0 };
  if (deduplicate === false && decontaminate.length === 0 && sample === undefined) {
    await writeItems(
      path,
      first(rowsOf(source, resolveFiles), limit, () => counts.read++),
    );
    return { ...counts, kept: counts.read };
  }

  let kept: Item[] = [];
  for await (const item of rowsOf(source, resolveFiles)) kept.push(item);
  counts.read = kept.length;
  const dropped: DroppedPrompt[] = [];
  const sift = (sifted: { readonly kept: Item[]; readonly dropped: readonly DroppedPrompt[] }) => {
    kept = sifted.kept;
    for (const one of sifted.dropped) dropped.push(one);
  };
  if (deduplicate !== false) sift(deduplicatePrompts(kept, deduplicate === true ? {} : deduplicate));
  if (decontaminate.length > 0) sift(decontaminatePrompts(kept, await evaluationItems(source, resolveFiles)));
  for (const { reason } of dropped) counts[reason]++;
  if (sample !== undefined) kept = samplePrompts(kept, sample, random);
  kept = kept.slice(0, limit);
  await writeDropped(droppedPath, dropped);
  await writeItems(path, kept);
  return { ...counts, kept: kept.length };
}

/** What was left out, in words; nothing where nothing was. */
export function describePrompts({ read, kept, exact, near, contaminated }: PromptCounts): string {
  const dropped = Object.entries({ exact, near, contaminated }).filter(([, count]) => count > 0);
  const reasons = dropped.map(([reason, count]) => `, ${count} ${reason}`).join("");
  return `${kept} prompts of ${read} rows${reasons}`;
}
