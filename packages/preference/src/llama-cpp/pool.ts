export interface Pool<T> {
  /** Waits until one is free, in order of asking. */
  take(): Promise<{ readonly value: T; release(): void }>;
}

/** A few things that are used by one at a time each. */
export function createPool<T>(values: readonly T[]): Pool<T> {
  const free = [...values];
  const waiting: ((value: T) => void)[] = [];
  const giveBack = (value: T): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(value);
    else next(value);
  };
  return {
    async take() {
      const value = free.length > 0 ? free.shift()! : await new Promise<T>((resolve) => void waiting.push(resolve));
      return { value, release: () => giveBack(value) };
    },
  };
}
