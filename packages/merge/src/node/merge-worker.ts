/** A thread of mergeFolders: makes the modules that it is asked for, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { toErrorMessage, type ErrorMessage } from "./error-message.ts";
import { openMerge, type MadeModule, type MergeJob } from "./merge-job.ts";

export type Answer = { readonly made: MadeModule } | { readonly error: ErrorMessage };

const merge = openMerge(workerData as MergeJob);
// Told to whoever asks first.
merge.catch(() => {});

async function answer(path: string): Promise<void> {
  try {
    const made = await (await merge).make(path);
    const buffers = [made.bytes.A.buffer as ArrayBuffer, made.bytes.B.buffer as ArrayBuffer];
    parentPort!.postMessage({ made } satisfies Answer, buffers);
  } catch (error) {
    parentPort!.postMessage({ error: toErrorMessage(error) } satisfies Answer, []);
  }
}

parentPort!.on("message", (path: string) => void answer(path));
