import { float32, type HostTensor } from "@prefdelta/tfjs-onnx";
import type { ModelConfig } from "../model/config.ts";
import type { Cut } from "./cut-rows.ts";

/**
 * Keys and values of the tokens so far, layer by layer, on the host: [B, kv, capacity, head_dim]. A decoding step reads them in place
 * and hands back one new key and value a row, which are written to the row's next free slot.
 */
export interface KeyValueCache {
  readonly rows: number;
  readonly capacity: number;
  /** Tokens in each row. */
  readonly lengths: Int32Array;
  readonly keys: readonly HostTensor[];
  readonly values: readonly HostTensor[];
}

export function createCache(config: ModelConfig, rows: number, capacity: number): KeyValueCache {
  const { layers, keyValueHeads, headDim } = config;
  const shape = [rows, keyValueHeads, capacity, headDim];
  const tensors = (): HostTensor[] =>
    Array.from({ length: layers }, () => float32(shape, new Float32Array(rows * keyValueHeads * capacity * headDim)));
  return { rows, capacity, lengths: new Int32Array(rows), keys: tensors(), values: tensors() };
}

/** Rows [start, end) of a cache, in place: what is appended to them is in the cache. */
export function rowsOf(cache: KeyValueCache, { start, end }: Cut): KeyValueCache {
  const part = ({ shape, data }: HostTensor): HostTensor => {
    const [, ...row] = shape;
    const size = row.reduce((a, b) => a * b);
    return float32([end - start, ...row], (data as Float32Array).subarray(start * size, end * size));
  };
  return {
    rows: end - start,
    capacity: cache.capacity,
    lengths: cache.lengths.subarray(start, end),
    keys: cache.keys.map(part),
    values: cache.values.map(part),
  };
}

interface RowCopy {
  readonly fromRow: number;
  readonly toRow: number;
  /** Slots [0, count) of the source go to slots [at, at + count) of the target. */
  readonly count: number;
  readonly at: number;
}

/** Copies one row of one layer's keys or values, [*, kv, slots, head_dim] each. */
function copyRow(from: HostTensor, to: HostTensor, { fromRow, toRow, count, at }: RowCopy): void {
  const [, heads, fromSlots, width] = from.shape as [number, number, number, number];
  const toSlots = to.shape[2]!;
  const source = from.data as Float32Array;
  const target = to.data as Float32Array;
  for (let head = 0; head < heads; head++) {
    const start = (fromRow * heads + head) * fromSlots * width;
    target.set(source.subarray(start, start + count * width), ((toRow * heads + head) * toSlots + at) * width);
  }
}

interface New {
  /** [B, kv, T, head_dim] a layer, or [1, …] for all rows alike. */
  readonly keys: readonly HostTensor[];
  readonly values: readonly HostTensor[];
  /** How many of the new tokens belong to each row. */
  readonly counts: ArrayLike<number>;
}

/** Appends freshly computed keys and values to each row. */
export function append(cache: KeyValueCache, { keys, values, counts }: New): void {
  const isShared = keys[0]?.shape[0] === 1;
  for (let row = 0; row < cache.rows; row++) {
    const copy = { fromRow: isShared ? 0 : row, toRow: row, count: counts[row]!, at: cache.lengths[row]! };
    keys.forEach((tensor, layer) => copyRow(tensor, cache.keys[layer]!, copy));
    values.forEach((tensor, layer) => copyRow(tensor, cache.values[layer]!, copy));
    cache.lengths[row]! += counts[row]!;
  }
}

/** The chosen rows in a cache of another size. */
export function repack(
  config: ModelConfig,
  cache: KeyValueCache,
  { chosen, rows, capacity }: { readonly chosen: readonly number[]; readonly rows: number; readonly capacity: number },
): KeyValueCache {
  const result = createCache(config, rows, capacity);
  chosen.forEach((fromRow, toRow) => {
    const copy = { fromRow, toRow, count: cache.lengths[fromRow]!, at: 0 };
    cache.keys.forEach((tensor, layer) => copyRow(tensor, result.keys[layer]!, copy));
    cache.values.forEach((tensor, layer) => copyRow(tensor, result.values[layer]!, copy));
    result.lengths[toRow] = copy.count;
  });
  return result;
}
