/** Slots of a row's cache to begin with: powers of two, so that few shapes are compiled. */
export const initialCapacity = (longestPrompt: number): number =>
  Math.max(64, 2 ** Math.ceil(Math.log2(longestPrompt + 16)));

/** Slots that a row needs at most, in steps of 64: an answer's last token is never put there. */
export const mostCapacity = (longestPrompt: number, maxNewTokens: number): number =>
  64 * Math.ceil((longestPrompt + maxNewTokens - 1) / 64);

/** Rows of the cache of a batch of which so many are not done: a power of two, so that few shapes are compiled. */
export const rowsFor = (unfinished: number): number => 2 ** Math.ceil(Math.log2(unfinished));
