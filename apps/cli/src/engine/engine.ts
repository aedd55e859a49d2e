import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import type { CausalLm, Runtime, RuntimeName, WeightStorage } from "@prefdelta/causal-lm";

/** A runtime, and the models that run on it. */
export interface Engine {
  /** What was chosen to run on, on one line. */
  readonly description: string;
  /** The model of a folder. One is kept in memory: asking for another lets it go. */
  model(folder: string): Promise<CausalLm>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly name: RuntimeName | "auto";
  readonly threads?: number | undefined;
  readonly storage?: WeightStorage;
}

export async function openEngine({ name, threads, storage = "f32" }: EngineOptions): Promise<Engine> {
  const runtime: Runtime = await createRuntime(name, threads === undefined ? {} : { threads });
  let kept: CausalLm | undefined;
  const release = async (): Promise<void> => {
    await kept?.dispose();
    kept = undefined;
  };
  return {
    description: storage === "f32" ? runtime.description : `${runtime.description}, weights in ${storage}`,
    async model(folder) {
      if (kept?.folder === folder) return kept;
      await release();
      kept = await loadCausalLm(folder, { runtime, storage });
      return kept;
    },
    close: release,
  };
}
