import { inChunks, resumeCalls } from "@prefdelta/eval";
import type { ResumedCassette } from "@prefdelta/eval/node";

import type { Progress } from "../print/reporter.ts";
import type { EvaluatedModel } from "./evaluated-model.ts";

export interface ResumableOptions {
  /** Keeps every answer as soon as it is there. */
  readonly cassette: Pick<ResumedCassette, "entries" | "tell">;
  /** Requests asked, and kept, together. The cut does not depend on what was done before. */
  readonly chunk: number;
  readonly progress: Progress;
  /** Called before the model is asked; throws to stop. */
  readonly check: () => void;
}

/** A model whose answers outlive a kill: what was asked before is not asked again. */
export function resumableModel(model: EvaluatedModel, options: ResumableOptions): EvaluatedModel {
  const { cassette, chunk, progress, check } = options;
  let done = 0;
  const kept = <Q, B extends readonly unknown[], R>(
    port: string,
    call: (requests: readonly Q[], ...rest: B) => Promise<readonly R[]>,
  ) => {
    const guarded = async (requests: readonly Q[], ...rest: B): Promise<readonly R[]> => {
      check();
      try {
        return await call(requests, ...rest);
      } catch (error) {
        // A request that Ctrl-C broke off failed for that reason.
        check();
        throw error;
      }
    };
    const resumed = resumeCalls(port, guarded, cassette);
    const counted = async (requests: readonly Q[], ...rest: B): Promise<readonly R[]> => {
      const answers = await resumed(requests, ...rest);
      progress.update((done += requests.length));
      return answers;
    };
    return inChunks(counted, chunk);
  };
  return {
    ...model,
    loglikelihood: kept("loglikelihood", model.loglikelihood),
    generate: kept("generate", model.generate),
    continueText: kept("continue", model.continueText),
  };
}
