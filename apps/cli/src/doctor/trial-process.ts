/** The process of one trial: starts the runtime that its argument names, has it multiply, sends what became of it, and waits to be ended. */
import { assertMultipliesRight, createRuntime, productRate } from "@prefdelta/causal-lm";

import { onnxThreads } from "./thread-count.ts";
import type { Trial, TrialOutcome } from "./trial.ts";

async function tryRuntime({ runtime: name, provider, measures = false }: Trial): Promise<TrialOutcome> {
  const runtime = await createRuntime(name, provider === undefined ? {} : { provider });
  await assertMultipliesRight(runtime);
  const { description, integerProducts } = runtime;
  const ran = { kind: "ran", description, integerProducts } as const;
  if (!measures) return ran;
  const rate = await productRate(runtime, { now: () => performance.now() });
  const threads = runtime.name === "onnx" ? await onnxThreads() : undefined;
  return { ...ran, rate, ...(threads === undefined ? {} : { threads }) };
}

function outcomeOf(error: unknown): TrialOutcome {
  const { code, message } = (error instanceof Error ? error : new Error(String(error))) as Error & { code?: unknown };
  return { kind: "failed", code: typeof code === "string" ? code : undefined, message };
}

process.send!(await tryRuntime(JSON.parse(process.argv[2]!) as Trial).catch(outcomeOf));
