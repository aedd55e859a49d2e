import { type HostTensor, scalesOf, type Storage, transposedOf } from "@prefdelta/tfjs-onnx";
import type { ModelConfig } from "./model/config.ts";
import { headBlocks } from "./model/head-blocks.ts";
import { EMBEDDING, headName } from "./model/weights.ts";

type Tensors = Readonly<Record<string, HostTensor>>;

/** [rows, columns] → [columns, rows], in blocks that stay in the processor's cache. */
function transpose(values: Int8Array, rows: number): Int8Array {
  const columns = values.length / rows;
  const turned = new Int8Array(values.length);
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

/** The same integers turned round, where products are taken with them. */
function turnedRound(name: string, { shape, data }: HostTensor, storage: Storage): Tensors {
  if (!multipliesIntegers(storage) || !(data instanceof Int8Array)) return {};
  return { [transposedOf(name)]: { dtype: "int8", shape: shape.toReversed(), data: transpose(data, shape[0]!) } };
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
    Object.assign(blocks, turnedRound(name, blocks[name], storage));
  }
  return blocks;
}

interface Place {
  readonly config: ModelConfig;
  readonly storage: Storage;
}

/**
 * What a model keeps of a checkpoint's tensor that was stored by `store` or `storeView`, by the names of its steps' inputs: the embedding table
 * as it is, the head in blocks, everything else whole; both ways round what is multiplied as integers.
 */
export function modelWeights(name: string, stored: Tensors, place: Place): Tensors {
  const { config, storage } = place;
  const matrix = stored[name]!;
  const isHead = name === headName(config);
  const blocks = isHead ? blocksOf(matrix, stored[scalesOf(name)], place) : {};
  if (name === EMBEDDING) return { ...stored, ...blocks };
  return isHead ? blocks : { ...stored, ...turnedRound(name, matrix, storage) };
}
