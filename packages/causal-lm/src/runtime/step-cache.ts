import type { Step } from "./runtime.ts";

/** Compiled steps by key. Each keeps the memory that it once needed, so only the most recently used ones stay. */
export interface StepCache {
  /** `bytes`: what the step keeps, roughly; 0 where it is little. */
  get(key: string, compile: () => Promise<Step>, bytes?: number): Promise<Step>;
  clear(): Promise<void>;
}

interface Kept {
  readonly step: Promise<Step>;
  readonly bytes: number;
}

/** How many steps are kept, and how many bytes they keep together; the step that is asked for stays whatever it takes. */
interface Limits {
  readonly steps: number;
  readonly bytes: number;
}

export function createStepCache({ steps: most, bytes: mostBytes }: Limits): StepCache {
  const kept = new Map<string, Kept>(); // in order of use, oldest first
  const release = async ({ step }: Kept): Promise<void> => (await step).release();
  const keptBytes = (): number => [...kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  /** Forgets what was not used for longest until another step of so many bytes fits. */
  function forget(bytes: number): Kept[] {
    const unused: Kept[] = [];
    while (kept.size > 0 && (kept.size >= most || keptBytes() + bytes > mostBytes)) {
      const [key, oldest] = kept.entries().next().value!;
      kept.delete(key);
      unused.push(oldest);
    }
    return unused;
  }
  return {
    get(key, compile, bytes = 0) {
      // Room is made before the step takes its own; whoever asks meanwhile gets the same step.
      const entry = kept.get(key) ?? { step: Promise.all(forget(bytes).map(release)).then(compile), bytes };
      kept.delete(key);
      kept.set(key, entry);
      // A step that does not compile is not remembered.
      entry.step.catch(() => kept.delete(key));
      return entry.step;
    },
    async clear() {
      const all = [...kept.values()];
      kept.clear();
      await Promise.all(all.map(release));
    },
  };
}
