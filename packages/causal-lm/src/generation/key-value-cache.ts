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
  /** Numbers of each of these tensors that there is memory for. */
  readonly reserved: number;
}

interface CacheSize {
  readonly rows: number;
  readonly capacity: number;
  /** Slots a row that there is memory for, so that it can grow in place; `capacity` if absent. */
  readonly room?: number;
}

/** Bytes of one array, which older versions of Node bound by 4 GiB. */
const LARGEST_PIECE = 2 ** 31;

/** So many arrays of a size, in one piece of memory where it may be so large: the allocator does not keep large pieces once they are given back. */
function arrays(count: number, size: number): Float32Array[] {
  const piece = 4 * count * size > LARGEST_PIECE ? undefined : new Float32Array(count * size);
  return Array.from({ length: count }, (_, i) => piece?.subarray(i * size, (i + 1) * size) ?? new Float32Array(size));
}

export function createCache(config: ModelConfig, { rows, capacity, room = capacity }: CacheSize): KeyValueCache {
  const { layers, keyValueHeads, headDim } = config;
  const shape = [rows, keyValueHeads, capacity, headDim];
  const slot = rows * keyValueHeads * headDim;
  const reserved = slot * room;
  const tensors = arrays(2 * layers, reserved).map((memory) => float32(shape, memory.subarray(0, slot * capacity)));
  const [keys, values] = [tensors.slice(0, layers), tensors.slice(layers)];
  return { rows, capacity, lengths: new Int32Array(rows), keys, values, reserved };
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
    // More rows than these are the cache's.
    reserved: 0,
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

/** Gives a cache's memory back at once, not when V8 sees to it: the next batch may need it. Nothing, where Node is older than 21. */
export function releaseCache({ keys, values }: KeyValueCache): void {
  const buffers = new Set([...keys, ...values].map(({ data }) => data.buffer));
  for (const buffer of buffers) (buffer as { transfer?: (bytes: number) => ArrayBuffer }).transfer?.(0);
}

interface Packing {
  /** Ascending. */
  readonly chosen: readonly number[];
  /** Of the result: as many as were chosen at least. */
  readonly rows: number;
  /** Of the result: as large as the cache's at least. */
  readonly capacity: number;
}

/** One layer's keys or values at their new places in the same memory: rows move to the front first, then heads apart, the last ones first. */
function packInPlace({ shape, data }: HostTensor, { chosen, rows, capacity }: Packing): HostTensor {
  const [, heads, slots, width] = shape as [number, number, number, number];
  const [from, to] = [slots * width, capacity * width]; // a head's numbers
  const all = new Float32Array(data.buffer as ArrayBuffer, data.byteOffset, Math.max(data.length, rows * heads * to));
  chosen.forEach((row, i) => all.copyWithin(i * heads * from, row * heads * from, (row + 1) * heads * from));
  for (let i = chosen.length * heads - 1; i > 0; i--) all.copyWithin(i * to, i * from, (i + 1) * from);
  return float32([rows, heads, capacity, width], all.subarray(0, rows * heads * to));
}

/**
 * The chosen rows in a cache of another size: in the same memory where that is large enough, so that there are never two. What was given is not to be used
 * any more.
 */
export function repack(config: ModelConfig, cache: KeyValueCache, packing: Packing): KeyValueCache {
  const { chosen, rows, capacity } = packing;
  const lengths = Int32Array.from({ length: rows }, (_, row) => cache.lengths[chosen[row]!] ?? 0);
  const { reserved } = cache;
  if (rows * capacity * config.keyValueHeads * config.headDim <= reserved) {
    const packed = (tensor: HostTensor): HostTensor => packInPlace(tensor, packing);
    return { rows, capacity, lengths, keys: cache.keys.map(packed), values: cache.values.map(packed), reserved };
  }
  const result = createCache(config, { rows, capacity });
  chosen.forEach((fromRow, toRow) => {
    const copy = { fromRow, toRow, count: lengths[toRow]!, at: 0 };
    cache.keys.forEach((tensor, layer) => copyRow(tensor, result.keys[layer]!, copy));
    cache.values.forEach((tensor, layer) => copyRow(tensor, result.values[layer]!, copy));
  });
  releaseCache(cache);
  return { ...result, lengths };
}
