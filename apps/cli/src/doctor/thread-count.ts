import { readdir } from "node:fs/promises";

import { createRuntime } from "@prefdelta/causal-lm";
import type { Step } from "@prefdelta/causal-lm";
import { neg } from "@tensorflow/tfjs-core";

/** Threads of this process; undefined where the system does not tell. */
async function ownThreads(): Promise<number | undefined> {
  try {
    return (await readdir("/proc/self/task")).length;
  } catch {
    return undefined;
  }
}

async function openStep(threads: { readonly threads?: number }): Promise<Step> {
  const runtime = await createRuntime("onnx", threads);
  return runtime.compile(({ x }) => ({ y: neg(x!) }), { x: { shape: [1] } });
}

/** How many threads ONNX Runtime computes with where nothing is said: those that this process gains by a session of its choice, beside one of a single thread. */
export async function onnxThreads(): Promise<number | undefined> {
  const single = await openStep({ threads: 1 });
  const before = await ownThreads();
  const own = await openStep({});
  const after = await ownThreads();
  await Promise.all([single.release(), own.release()]);
  return before === undefined || after === undefined ? undefined : after - before + 1;
}
