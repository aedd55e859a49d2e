import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Pair } from "../pair.ts";
import { writePairsParquet } from "../parquet/pairs-parquet.ts";

export interface WriteShardsOptions {
  /** Default 50,000. */
  readonly rowsPerShard?: number;
}

export interface WrittenShards {
  readonly rows: number;
  /** Names in the folder, in order. */
  readonly files: readonly string[];
}

const digits = (value: number): string => String(value).padStart(5, "0");
const unfinished = (shard: number): string => `.unfinished-${digits(shard)}.parquet`;
const shardName = /^(?:train-\d{5}-of-\d{5}|\.unfinished-\d{5})\.parquet$/;

/**
 * Writes pairs as `train-00000-of-0000N.parquet`, named as the Hub names a data set's files; shards of another writing are removed. Further columns
 * are those of each shard's first row. The names are given once all rows are written. Memory: 1,000 rows.
 *
 * @throws PreferenceError E_WRITE, E_ROW; what `pairs` throws passes through
 */
export async function writePairsShards(
  folder: string,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  { rowsPerShard = 50_000 }: WriteShardsOptions = {},
): Promise<WrittenShards> {
  const iterator = Symbol.asyncIterator in pairs ? pairs[Symbol.asyncIterator]() : pairs[Symbol.iterator]();
  let rows = 0;
  let next = await iterator.next();
  async function* shard(): AsyncGenerator<Pair> {
    for (let i = 0; i < rowsPerShard && next.done !== true; i++) {
      yield next.value;
      rows++;
      next = await iterator.next();
    }
  }

  const stale = (await readdir(folder)).filter((name) => shardName.test(name));
  await Promise.all(stale.map((name) => rm(join(folder, name))));
  let count = 0;
  do await writePairsParquet(join(folder, unfinished(count++)), shard());
  while (next.done !== true);
  const files = Array.from({ length: count }, (_, i) => `train-${digits(i)}-of-${digits(count)}.parquet`);
  for (const [i, name] of files.entries()) await rename(join(folder, unfinished(i)), join(folder, name));
  return { rows, files };
}
