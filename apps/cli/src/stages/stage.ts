import type { Json } from "../files/canonical-json.ts";
import type { Reporter } from "../print/reporter.ts";

/** One step of a run that is done once: its folder in the run folder is there, whole, or it is not. */
export interface Stage {
  /** `train/facts`: what it is called, and its folder in the run folder. */
  readonly id: string;
  /** The stages whose folders it reads. */
  readonly needs: readonly string[];
  /** All else its files depend on: configuration, seeds, hashes of what it reads. Equal inputs, equal bytes. */
  readonly inputs: Json;
  /** Writes the stage's files into `context.output`; returns what came out, in a few words. */
  run(context: StageContext): Promise<string>;
}

export interface StageContext {
  /** An empty folder that becomes the stage's folder when `run` returns. */
  readonly output: string;
  /** A folder that outlives a killed run and is given again to the same stage with the same key: checkpoints, answers so far. */
  readonly work: string;
  /** The finished folder of a stage named in `needs`. */
  readonly folderOf: (id: string) => string;
  readonly reporter: Reporter;
  /** Aborted by Ctrl-C: save into `work` at the next good moment and throw {@link interrupted}. */
  readonly signal: AbortSignal;
}
