/** Stable codes of the command line's own failures; packages below bring theirs. */
export type CliErrorCode =
  | "E_USAGE"
  | "E_CONFIG"
  | "E_INPUT"
  | "E_LOCKED"
  | "E_UPSTREAM"
  | "E_INTERRUPTED"
  | "E_SERVERS"
  | "E_BUDGET"
  | "E_HUB"
  | "E_WRITE";

/** 2: the command or the recipe is wrong; 130: stopped by Ctrl-C, as a shell reports it; everything else is 1. */
const exitCodes: Partial<Record<CliErrorCode, number>> = { E_USAGE: 2, E_CONFIG: 2, E_INTERRUPTED: 130 };

/** A failure the command line reports: one headline and, where several things are wrong, one line for each. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly problems: readonly string[];

  constructor(code: CliErrorCode, message: string, options: { problems?: readonly string[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.problems = options.problems ?? [];
  }

  get exitCode(): number {
    return exitCodes[this.code] ?? 1;
  }
}
