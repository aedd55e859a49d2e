import type { Step } from "./runtime.ts";

/** Compiled steps by key. Each holds its own arena, so only the most recently used ones are kept. */
export interface StepCache {
  get(key: string, compile: () => Promise<Step>): Promise<Step>;
  clear(): Promise<void>;
}

export function createStepCache(capacity: number): StepCache {
  const steps = new Map<string, Promise<Step>>(); // in order of use, oldest first
  const release = async (step: Promise<Step>): Promise<void> => (await step).release();
  return {
    async get(key, compile) {
      const step = steps.get(key) ?? compile();
      steps.delete(key);
      steps.set(key, step);
      // A step that does not compile is not remembered.
      step.catch(() => steps.delete(key));
      if (steps.size > capacity) {
        const [oldest, unused] = steps.entries().next().value!;
        steps.delete(oldest);
        await release(unused);
      }
      return step;
    },
    async clear() {
      const all = [...steps.values()];
      steps.clear();
      await Promise.all(all.map(release));
    },
  };
}
