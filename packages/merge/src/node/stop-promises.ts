/** Promises that can be given up together. */
export interface Stop {
  /** Why it was stopped; undefined while it is not. */
  readonly reason: () => { readonly error: unknown } | undefined;
  /** What waits, and whatever waits from now on, fails with that; only the first reason counts. */
  readonly stop: (error: unknown) => void;
  /** What the promise gives, unless it is given up before. */
  readonly unlessStopped: <Value>(promise: Promise<Value>) => Promise<Value>;
}

/** Unlike a race with a promise that stays open, this keeps nothing of what was awaited. */
export function stopPromises(): Stop {
  const waiting = new Set<(error: unknown) => void>();
  let reason: { readonly error: unknown } | undefined;
  return {
    reason: () => reason,
    stop(error) {
      reason ??= { error };
      for (const reject of waiting) reject(reason.error);
      waiting.clear();
    },
    unlessStopped: (promise) =>
      new Promise((resolve, reject) => {
        if (reason !== undefined) {
          reject(reason.error as Error);
          return;
        }
        waiting.add(reject);
        promise.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
  };
}
