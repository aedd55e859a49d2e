import type { EncodedPair } from "./encode-pair.ts";
import type { PairFile } from "./pair-file.ts";

/** Encoded pairs in an order of their own, read when they are wanted. */
export interface PairList {
  readonly length: number;
  /** Pairs by their places in the list, in the order asked for. */
  read(places: ArrayLike<number>): Promise<EncodedPair[]>;
  /** The pairs from one place up to another, as an array's slice. */
  slice(start: number, end: number): Promise<EncodedPair[]>;
  /** All pairs, some hundred in memory at a time. */
  [Symbol.asyncIterator](): AsyncIterator<EncodedPair>;
}

const READ_PAIRS = 256;

/** Some of a file's pairs; `finish` is what becomes of each as it is read. */
export function createPairList(
  file: PairFile,
  placesInFile: Uint32Array,
  finish: (pair: EncodedPair) => EncodedPair,
): PairList {
  const { length } = placesInFile;
  const read = async (places: ArrayLike<number>): Promise<EncodedPair[]> =>
    (await file.read(Array.from(places, (place) => placesInFile[place]!))).map(finish);
  const slice = (start: number, end: number): Promise<EncodedPair[]> =>
    read(Array.from({ length: Math.max(0, Math.min(end, length) - start) }, (_, i) => start + i));
  return {
    length,
    read,
    slice,
    async *[Symbol.asyncIterator]() {
      for (let start = 0; start < length; start += READ_PAIRS) yield* await slice(start, start + READ_PAIRS);
    },
  };
}
