import type { Step } from "./runtime.ts";

/** What a step needs while it runs, and keeps of it between runs, in bytes, roughly. */
export interface StepBytes {
  readonly needs: number;
  readonly keeps: number;
}

/** Compiled steps by key. Each keeps memory, so only the most recently used ones stay. */
export interface StepCache {
  /** Room is made for what the step needs; nothing, where it is little. */
  get(key: string, compile: () => Promise<Step>, bytes?: StepBytes): Promise<Step>;
  clear(): Promise<void>;
}

interface Kept {
  readonly step: Promise<Step>;
  readonly keeps: number;
}

const LITTLE: StepBytes = { needs: 0, keeps: 0 };

/** How many steps are kept, and how many bytes they take while one of them runs; the step that is asked for stays whatever it takes. */
interface Limits {
  readonly steps: number;
  readonly bytes: number;
}

export function createStepCache({ steps: most, bytes: mostBytes }: Limits): StepCache {
  const kept = new Map<string, Kept>(); // in order of use, oldest first
  const release = async ({ step }: Kept): Promise<void> => (await step).release();
  const keptBytes = (): number => [...kept.values()].reduce((sum, { keeps }) => sum + keeps, 0);
  /** Forgets what was not used for longest until another step that needs so many bytes fits. */
  function forget(needs: number): Kept[] {
    const unused: Kept[] = [];
    while (kept.size > 0 && (kept.size >= most || keptBytes() + needs > mostBytes)) {
      const [key, oldest] = kept.entries().next().value!;
      kept.delete(key);
      unused.push(oldest);
    }
    return unused;
  }
  return {
    get(key, compile, { needs, keeps } = LITTLE) {
      const known = kept.get(key);
      kept.delete(key);
      // Room is made before the step takes its own; whoever asks meanwhile gets the same step.
      const room = Promise.all(forget(needs).map(release));
      const entry = { step: known ? room.then(() => known.step) : room.then(compile), keeps };
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
