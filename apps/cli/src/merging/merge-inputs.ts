import type { MergeFilesSettings } from "@prefdelta/merge/node";

import { CliError } from "../errors.ts";

/** The adapters of a merge and what is told of them; every way of merging reads them module by module. */
export interface MergeInputs extends Pick<MergeFilesSettings, "baseModel" | "dtype" | "initial"> {
  readonly folders: readonly string[];
  readonly names: readonly string[];
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a merge gives, unless Ctrl-C stops it: then what was written of it is gone. @throws CliError E_INTERRUPTED */
export async function unlessInterrupted<Result>(
  signal: AbortSignal,
  merge: () => Promise<Result>,
  stopped = new CliError("E_INTERRUPTED", "the merge was stopped; nothing of it was kept"),
): Promise<Result> {
  try {
    return await merge();
  } catch (error) {
    throw signal.aborted && error === signal.reason ? stopped : error;
  }
}
