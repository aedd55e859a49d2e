/** Slots of a row's cache to begin with: powers of two, so that few shapes are compiled. */
export const initialCapacity = (longestPrompt: number): number =>
  Math.max(64, 2 ** Math.ceil(Math.log2(longestPrompt + 16)));

/** Slots at the end, where an answer is as long as it may be: a full cache is made twice as large. Its last token is never put there. */
export function finalCapacity(longestPrompt: number, maxNewTokens: number): number {
  let capacity = initialCapacity(longestPrompt);
  while (capacity < longestPrompt + maxNewTokens - 1) capacity *= 2;
  return capacity;
}

/** Rows of the cache of a batch of which so many are not done: a power of two, for the same reason. */
export const rowsFor = (unfinished: number): number => 2 ** Math.ceil(Math.log2(unfinished));
