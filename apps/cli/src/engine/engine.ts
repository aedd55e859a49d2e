import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import type { CausalLm } from "@prefdelta/causal-lm";
import bytes from "bytes";

import type { Reporter } from "../print/reporter.ts";
import type { EngineOptions } from "./engine-options.ts";
import { warnOnce } from "./warn-once.ts";

/** A runtime, and the models that run on it. */
export interface Engine {
  /** What was chosen to run on, on one line. */
  readonly description: string;
  /** The model of a folder. One is kept in memory: asking for another lets it go. */
  model(folder: string): Promise<CausalLm>;
  close(): Promise<void>;
}

/** Where no model runs in this process. */
export const noEngine: Engine = {
  description: "none",
  model: (folder) => Promise.reject(new Error(`${folder}: no runtime was opened`)),
  close: () => Promise.resolve(),
};

/**
 * @param reporter told, once, that answers or likelihoods take more than `memory` leaves
 * @throws CausalLmError E_RUNTIME when what was asked for is not there
 */
export async function openEngine(
  { name, threads, provider, spinning, storage, memory }: EngineOptions,
  reporter?: Pick<Reporter, "line">,
): Promise<Engine> {
  const runtime = await createRuntime(name, {
    provider,
    spinning,
    arena: memory === undefined,
    ...(threads === undefined ? {} : { threads }),
  });
  const onShortage = reporter && warnOnce(reporter);
  let kept: CausalLm | undefined;
  const release = async (): Promise<void> => {
    await kept?.dispose();
    kept = undefined;
  };
  return {
    // Stages are known by it: whatever changes the arithmetic is in it.
    description: [
      runtime.description,
      ...(storage === "f32" ? [] : [`weights in ${storage}`]),
      ...(memory === undefined ? [] : [`memory ${memory}`]),
    ].join(", "),
    async model(folder) {
      if (kept?.folder === folder) return kept;
      await release();
      kept = await loadCausalLm(folder, {
        runtime,
        storage,
        ...(memory === undefined ? {} : { memoryBytes: bytes.parse(memory)!, onShortage }),
      });
      return kept;
    },
    close: release,
  };
}
