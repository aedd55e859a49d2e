import type { Progress } from "../print/reporter.ts";
import { openChunkLog } from "./chunk-log.ts";

export interface ChunkOptions<Item, Result> {
  /** Items in a chunk. The cut never depends on what was done before: a chunk is batched alike in every run. */
  readonly size: number;
  /** The file that keeps finished chunks. */
  readonly log: string;
  readonly progress: Progress;
  /** Called between chunks; throws to stop. */
  readonly check: () => void;
  /** One result for each item of a chunk. */
  readonly work: (chunk: readonly Item[], index: number) => Promise<readonly Result[]>;
}

/** Works through a list chunk by chunk, keeping every finished chunk, and returns all results in order. */
export async function runInChunks<Item, Result>(
  items: readonly Item[],
  { size, log: path, progress, check, work }: ChunkOptions<Item, Result>,
): Promise<Result[]> {
  const log = await openChunkLog<Result>(path);
  const results = log.finished.flat();
  if (results.length > 0) progress.update(results.length);
  try {
    for (let index = log.finished.length; index * size < items.length; index++) {
      check();
      const chunk = items.slice(index * size, (index + 1) * size);
      const answers = await work(chunk, index);
      await log.append(answers);
      results.push(...answers);
      progress.update(results.length);
    }
  } finally {
    await log.close();
  }
  return results;
}
