/** A thread of a merge: makes the modules that it is asked for, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { openBaseWeights } from "@prefdelta/lora/node";
import type { Baselines } from "../gam/baselines.ts";
import { toErrorMessage, type ErrorMessage } from "./error-message.ts";
import { drawForeseen, type Foreseen } from "./foresee-baselines.ts";
import { openJob, type MadeModule, type MergeJob } from "./merge-job.ts";

/** `known` is what other threads drew, and wants no answer. */
export type Task = { readonly path: string } | { readonly foreseen: Foreseen } | { readonly known: Baselines };

export type Answer = { readonly made: MadeModule } | { readonly drawn: Baselines } | { readonly error: ErrorMessage };

const { base, ...given } = workerData as MergeJob;
const baselines: Baselines = new Map();
const job = openJob({ base, ...given }, baselines);
const weights = base === undefined ? null : openBaseWeights(base);
// Told to whoever asks first.
job.catch(() => {});
weights?.catch(() => {});

async function make(path: string): Promise<void> {
  const made = await added(path, await (await job).make(path));
  const arrays = made.merges.flatMap(({ files, factors }) => [...files, ...(factors === null ? [] : [factors])]);
  // Several λ have one A.
  const buffers = new Set([
    ...arrays.flatMap(({ A, B }) => [A.buffer as ArrayBuffer, B.buffer as ArrayBuffer]),
    ...made.merges.flatMap(({ weight }) => weight?.buffer ?? []),
  ]);
  parentPort!.postMessage({ made } satisfies Answer, [...buffers]);
}

/** What goes into a base's weight is sent as that weight. */
async function added(path: string, made: MadeModule): Promise<MadeModule> {
  const to = await weights;
  if (to === null) return made;
  const merges: MadeModule["merges"][number][] = [];
  for (const { factors, ...one } of made.merges)
    merges.push({ ...one, factors: null, weight: await to.add(path, factors!) });
  return { ...made, merges };
}

function draw(foreseen: Foreseen): void {
  const drawn: Baselines = new Map();
  drawForeseen(foreseen, drawn);
  parentPort!.postMessage({ drawn } satisfies Answer, []);
}

async function take(task: Task): Promise<void> {
  try {
    if ("path" in task) await make(task.path);
    else if ("foreseen" in task) draw(task.foreseen);
    else for (const [key, value] of task.known) baselines.set(key, value);
  } catch (error) {
    parentPort!.postMessage({ error: toErrorMessage(error) } satisfies Answer, []);
  }
}

parentPort!.on("message", (task: Task) => void take(task));
