import { z } from "zod";
import type { Item } from "../item.ts";
import { jaccard, shingles } from "../similarity.ts";
import type { DroppedPrompt, SiftedPrompts } from "./dropped-prompt.ts";
import { bandKeys, minHash, rowsOfBand } from "./min-hash.ts";
import { plainText, promptText } from "./prompt-text.ts";

export const deduplicateOptions = z.strictObject({
  /** Resemblance (5-character shingles, 0 to 1) from which on a prompt repeats another; false for equal prompts alone. */
  near: z.union([z.literal(false), z.number().gt(0).max(1)]).default(0.85),
});

export type DeduplicateOptions = z.input<typeof deduplicateOptions>;

/** Prompts by what they resemble. Candidates come from MinHash bands; each is measured before it counts. */
function createNearest(near: number) {
  const rows = rowsOfBand(near);
  const buckets = new Map<string, number[]>();
  const kept: { readonly id: string; readonly shingles: Set<number> }[] = [];
  return {
    /** The first kept prompt that resembles this one enough; without one it is kept itself. */
    find(id: string, text: string): { readonly id: string; readonly similarity: number } | undefined {
      const own = shingles(text);
      const keys = bandKeys(minHash(own), rows);
      const candidates = new Set(keys.flatMap((key) => buckets.get(key) ?? []));
      for (const index of [...candidates].toSorted((a, b) => a - b)) {
        const other = kept[index]!;
        const similarity = jaccard(own, other.shingles);
        if (similarity >= near) return { id: other.id, similarity };
      }
      for (const key of keys) {
        const bucket = buckets.get(key);
        if (bucket === undefined) buckets.set(key, [kept.length]);
        else bucket.push(kept.length);
      }
      kept.push({ id, shingles: own });
      return undefined;
    },
  };
}

/**
 * Leaves out prompts that repeat an earlier one: but for case and white space, or nearly. One in a hundred pairs just at the bound is missed, no
 * pair below it is dropped. Memory: some kilobytes a prompt.
 */
export function deduplicatePrompts(items: Iterable<Item>, options: DeduplicateOptions = {}): SiftedPrompts {
  const { near } = deduplicateOptions.parse(options);
  const nearest = near === false ? undefined : createNearest(near);
  const first = new Map<string, string>();
  const kept: Item[] = [];
  const dropped: DroppedPrompt[] = [];
  for (const item of items) {
    // The same question with other tools is another.
    const text = plainText(
      [promptText(item.prompt), ...(item.tools?.map((tool) => JSON.stringify(tool)) ?? [])].join("\n"),
    );
    const same = first.get(text);
    if (same !== undefined) {
      dropped.push({ id: item.id, reason: "exact", of: same });
      continue;
    }
    first.set(text, item.id);
    const alike = nearest?.find(item.id, text);
    if (alike === undefined) kept.push(item);
    else dropped.push({ id: item.id, reason: "near", of: alike.id, similarity: alike.similarity });
  }
  return { kept, dropped };
}
