import { Worker } from "node:worker_threads";
import type { Baselines } from "../gam/baselines.ts";
import { fromErrorMessage } from "./error-message.ts";
import type { Foreseen } from "./foresee-baselines.ts";
import type { MadeModule, MergeJob } from "./merge-job.ts";
import type { Answer, Task } from "./merge-worker.ts";

export interface MergeThreads {
  /** Made by the first thread that is free. */
  readonly make: (path: string) => Promise<MadeModule>;
  /** Draws each baseline on one thread, and tells all. */
  readonly draw: (foreseen: readonly Foreseen[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly task: Task;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Sources run as they are where this file is one; a package that was built has JavaScript. */
const isSource = import.meta.url.endsWith(".ts");
const script = isSource ? new URL("./merge-worker.ts", import.meta.url) : new URL("./merge-worker.js", import.meta.url);

/** Threads that merge modules: one at a time each, what waits goes to the next that is free. */
export function startThreads(job: MergeJob, count: number): MergeThreads {
  const waiting: Waiting[] = [];
  const busy = new Map<Worker, Waiting>();
  const give = (worker: Worker): void => {
    const next = waiting.shift();
    if (next === undefined) return;
    busy.set(worker, next);
    worker.postMessage(next.task, []);
  };
  const workers = Array.from({ length: count }, () => {
    const execArgv = isSource ? ["--conditions=@prefdelta/source", "--no-warnings"] : [];
    const worker = new Worker(script, { workerData: job, execArgv });
    worker.on("message", (answer: Answer) => {
      const { resolve, reject } = busy.get(worker)!;
      busy.delete(worker);
      if ("error" in answer) reject(fromErrorMessage(answer.error));
      else resolve(answer);
      give(worker);
    });
    // A thread that dies (out of memory) takes with it what it was at.
    worker.on("error", (error: Error) => {
      busy.get(worker)?.reject(error);
      for (const one of waiting.splice(0)) one.reject(error);
    });
    return worker;
  });
  const ask = <Key extends "made" | "drawn">(
    task: Task,
    key: Key,
  ): Promise<Extract<Answer, Record<Key, unknown>>[Key]> =>
    new Promise((resolve, reject) => {
      const told = (answer: Answer): void => resolve((answer as Extract<Answer, Record<Key, unknown>>)[key]);
      waiting.push({ task, resolve: told, reject });
      const free = workers.find((worker) => !busy.has(worker));
      if (free !== undefined) give(free);
    });
  return {
    make: (path) => ask({ path }, "made"),
    async draw(foreseen) {
      const drawn = await Promise.all(foreseen.map((one) => ask({ foreseen: one }, "drawn")));
      const known: Baselines = new Map(drawn.flatMap((baselines) => [...baselines]));
      for (const worker of workers) worker.postMessage({ known } satisfies Task, []);
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
