import {
  type HostTensor,
  int32,
  type IntegerForm,
  offsetsOf,
  scalesOf,
  type Storage,
  transposedOf,
} from "@prefdelta/tfjs-onnx";
import type { ModelConfig } from "./model/config.ts";
import { headBlocks } from "./model/head-blocks.ts";
import { EMBEDDING, headName } from "./model/weights.ts";

type Tensors = Readonly<Record<string, HostTensor>>;

/** [rows, columns] → [columns, rows], in blocks that stay in the processor's cache. */
function transpose<Integers extends Int8Array | Uint8Array>(values: Integers, rows: number): Integers {
  const columns = values.length / rows;
  const turned = values.slice() as Integers;
  const block = 64;
  for (let top = 0; top < rows; top += block) {
    for (let left = 0; left < columns; left += block) {
      for (let row = top; row < Math.min(top + block, rows); row++) {
        for (let column = left; column < Math.min(left + block, columns); column++) {
          turned[column * rows + row] = values[row * columns + column]!;
        }
      }
    }
  }
  return turned;
}

/** Whether products are taken in integers, which takes the weights both ways round. */
export const multipliesIntegers = (storage: Storage): boolean => storage === "w8a8";

/** Products of each row with 128 in every place. */
function offsetsFor(data: Int8Array, rows: number): Int32Array {
  const width = data.length / rows;
  return Int32Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += data[i]!;
    return 128 * sum;
  });
}

/** What products with integers take besides: the same turned round, and of int8 what is added by 128 in every place. */
function forProducts(name: string, { dtype, shape, data }: HostTensor, storage: Storage): Tensors {
  if (!multipliesIntegers(storage) || !(data instanceof Int8Array || data instanceof Uint8Array)) return {};
  const [rows] = shape as [number];
  const turned: HostTensor = { dtype, shape: shape.toReversed(), data: transpose(data, rows) };
  const isSigned = data instanceof Int8Array;
  return {
    [transposedOf(name)]: turned,
    ...(isSigned ? { [offsetsOf(name)]: int32([rows], offsetsFor(data, rows)) } : {}),
  };
}

/** The same memory with 128 added to every integer, which inverts its first bit. */
function asUnsigned(tensor: HostTensor): HostTensor {
  if (!(tensor.data instanceof Int8Array)) return tensor;
  const { buffer, byteOffset, length } = tensor.data;
  const data = new Uint8Array(buffer, byteOffset, length);
  for (let i = 0; i < length; i++) data[i]! ^= 128;
  return { dtype: "uint8", shape: tensor.shape, data };
}

/** Some rows of a matrix, or entries of a vector, in place. */
function rowsOf(
  { dtype, shape, data }: HostTensor,
  { start, rows }: { readonly start: number; readonly rows: number },
): HostTensor {
  const width = data.length / shape[0]!;
  return { dtype, shape: [rows, ...shape.slice(1)], data: data.subarray(start * width, (start + rows) * width) };
}

/** The head, block by block: places in the whole, of which nothing is copied but what is turned round. */
function blocksOf(matrix: HostTensor, scales: HostTensor | undefined, { config, storage }: Place): Tensors {
  const blocks: Record<string, HostTensor> = {};
  for (const { name, ...range } of headBlocks(config)) {
    blocks[name] = rowsOf(matrix, range);
    if (scales) blocks[scalesOf(name)] = rowsOf(scales, range);
    Object.assign(blocks, forProducts(name, blocks[name], storage));
  }
  return blocks;
}

interface Place {
  readonly config: ModelConfig;
  readonly storage: Storage;
  /** As what integers are fed that are multiplied; int8 if absent. */
  readonly integers?: IntegerForm | null;
}

/**
 * What a model keeps of a checkpoint's tensor that was stored by `store` or `storeView`, by the names of its steps' inputs: the embedding table
 * as it is, the head in blocks, everything else whole; both ways round what is multiplied as integers.
 */
export function modelWeights(name: string, given: Tensors, place: Place): Tensors {
  const { config, storage, integers } = place;
  const isUnsigned = multipliesIntegers(storage) && integers === "uint8";
  const stored = isUnsigned
    ? Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, asUnsigned(tensor)]))
    : given;
  const matrix = stored[name]!;
  const isHead = name === headName(config);
  const blocks = isHead ? blocksOf(matrix, stored[scalesOf(name)], place) : {};
  if (name === EMBEDDING) return { ...stored, ...blocks };
  return isHead ? blocks : { ...stored, ...forProducts(name, matrix, storage) };
}
