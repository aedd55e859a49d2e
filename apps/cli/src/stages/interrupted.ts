import { CliError } from "../errors.ts";

/** What a stage throws when it has saved its work after Ctrl-C. */
export function interrupted(stage: string): CliError {
  return new CliError("E_INTERRUPTED", `stopped in ${stage}; the same command continues from there`);
}
