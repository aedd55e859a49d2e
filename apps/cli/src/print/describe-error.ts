import { CliError } from "../errors.ts";

export interface DescribedError {
  readonly code: string;
  readonly message: string;
  /** One line for each thing that is wrong, where there are several. */
  readonly problems: readonly string[];
  readonly exitCode: number;
}

/**
 * The one place that turns an error into words. The packages' errors bear a string `code` and a message that names
 * file, place, expected and found; anything else is a defect of ours and says so.
 */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { ...unexpected, message: String(error) };
  const { code, problems } = error as Error & { code?: unknown; problems?: unknown };
  if (typeof code !== "string") return { ...unexpected, message: `${error.name}: ${error.message}` };
  return {
    code,
    message: error.message,
    problems: Array.isArray(problems) ? problems.map(String) : [],
    exitCode: error instanceof CliError ? error.exitCode : 1,
  };
}

const unexpected = {
  code: "E_UNEXPECTED",
  problems: ["this is a defect in pda; --debug prints where"],
  exitCode: 1,
} satisfies Partial<DescribedError>;

/** The error as lines for stderr; with `debug` the stack of the error and of its causes follows. */
export function formatError(error: unknown, { debug }: { debug: boolean }): string {
  const { code, message, problems } = describeError(error);
  // Some packages' messages hold their problems already.
  const told = problems.filter((problem) => !message.includes(problem));
  const lines = [`pda: ${message} [${code}]`, ...told.map((problem) => `  ${problem}`)];
  if (debug) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) lines.push(cause.stack ?? String(cause));
  }
  return `${lines.join("\n")}\n`;
}
