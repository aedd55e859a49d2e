/** A thread of a merge: makes the modules that it is asked for, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { toErrorMessage, type ErrorMessage } from "./error-message.ts";
import { openJob, type MadeModule, type MergeJob } from "./merge-job.ts";

export type Answer = { readonly made: MadeModule } | { readonly error: ErrorMessage };

const job = openJob(workerData as MergeJob);
// Told to whoever asks first.
job.catch(() => {});

async function answer(path: string): Promise<void> {
  try {
    const made = await (await job).make(path);
    const arrays = made.merges.flatMap(({ files, factors }) => [...files, ...(factors === null ? [] : [factors])]);
    // Several λ have one A.
    const buffers = new Set(arrays.flatMap(({ A, B }) => [A.buffer as ArrayBuffer, B.buffer as ArrayBuffer]));
    parentPort!.postMessage({ made } satisfies Answer, [...buffers]);
  } catch (error) {
    parentPort!.postMessage({ error: toErrorMessage(error) } satisfies Answer, []);
  }
}

parentPort!.on("message", (path: string) => void answer(path));
