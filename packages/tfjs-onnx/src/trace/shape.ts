export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, dimension) => product * dimension, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

export const onesLike = (shape: Shape): number[] => shape.map(() => 1);

/** Numpy's rule: align at the right, dimensions are equal or one of them is 1. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new RangeError(`cannot broadcast [${a.join()}] with [${b.join()}]`);
    return x === 1 ? y : x;
  });
}

/** Axes as non-negative numbers in ascending order; null or undefined means all. */
export function normalizeAxes(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  const axes =
    axis === null || axis === undefined
      ? Array.from({ length: rank }, (_, i) => i)
      : typeof axis === "number"
        ? [axis]
        : [...axis];
  return axes.map((a) => (a < 0 ? a + rank : a)).sort((x, y) => x - y);
}
