import type { Json } from "./files/canonical-json.ts";
import type { Arguments, CommandArguments } from "./parse-arguments.ts";
import type { Reporter } from "./print/reporter.ts";

/** One `pda` command: it reads its arguments, calls the packages, and returns what to print. */
export interface Command {
  readonly description: string;
  readonly arguments: CommandArguments;
  run(args: Arguments, context: CommandContext): Promise<CommandResult>;
}

export interface CommandContext {
  readonly reporter: Reporter;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The outcome twice: as the one JSON document of `--json`, and as text for people. */
export interface CommandResult {
  readonly json: Json;
  readonly text: string;
  /** The result is printed, and says that something is wrong: exit code 1. No, unless it is given. */
  readonly failed?: boolean;
}

/** Options every command understands. */
export const commonArguments = {
  json: { type: "boolean", description: "print the result as one JSON document on stdout" },
  quiet: { type: "boolean", description: "say nothing while working" },
  debug: { type: "boolean", description: "print the stack of an error" },
  help: { type: "boolean", description: "print this help" },
} satisfies CommandArguments;
