import { writeAtomic } from "./write-atomic.ts";

/** A results document, indented by two. */
export const writeResults = (path: string, results: Readonly<Record<string, unknown>>): Promise<void> =>
  writeAtomic(path, `${JSON.stringify(results, null, 2)}\n`);

/** Samples, one a line. */
export const writeSamples = (path: string, samples: readonly Readonly<Record<string, unknown>>[]): Promise<void> =>
  writeAtomic(path, samples.map((sample) => `${JSON.stringify(sample)}\n`).join(""));
