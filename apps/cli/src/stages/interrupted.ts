import { CliError } from "../errors.ts";

/** What a stage throws when it has saved its work after Ctrl-C; `command` is the one that continues. */
export function interrupted(stage: string, command = "the same command"): CliError {
  return new CliError("E_INTERRUPTED", `stopped in ${stage}; ${command} continues from there`);
}
