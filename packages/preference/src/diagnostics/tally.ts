/** Numbers of which many are the same, by how often each came. Memory: the different ones. */
export interface Tally {
  add(value: number): void;
  readonly sum: number;
  /** Null where there are none; between the middle two where they are even. */
  median(): number | null;
}

export function createTally(): Tally {
  const times = new Map<number, number>();
  let size = 0;
  let sum = 0;
  return {
    add(value) {
      times.set(value, (times.get(value) ?? 0) + 1);
      size++;
      sum += value;
    },
    get sum() {
      return sum;
    },
    median() {
      if (size === 0) return null;
      const values = [...times.keys()].toSorted((a, b) => a - b);
      let below = 0;
      let lower: number | undefined;
      for (const value of values) {
        below += times.get(value)!;
        if (lower === undefined && 2 * below >= size) lower = value;
        if (2 * below > size) return (lower! + value) / 2;
      }
      return null;
    },
  };
}
