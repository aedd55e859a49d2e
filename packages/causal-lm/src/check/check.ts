/** What a look at one thing found, for a person and for a program. */
export interface Check {
  readonly name: string;
  /** absent: not there, and nothing needs it. warning: it works, and not as one might think. problem: something that is needed does not work. */
  readonly state: "ok" | "warning" | "problem" | "absent";
  /** What was found, on one line. */
  readonly what: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
}

/** Lines of a message that are told; of a checkpoint that lacks a hundred tensors a few are enough. */
const LINES = 6;

/** A message as one line. */
function oneLine(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const more = lines.length > LINES ? [`and ${lines.length - LINES} more`] : [];
  return [...lines.slice(0, LINES), ...more].join("; ");
}

/** An error as the finding that it is: what the thing that was tried says of itself. */
export const problemOf = (name: string, error: unknown, advice?: string): Check => ({
  name,
  state: "problem",
  what: oneLine(error instanceof Error ? error.message : String(error)),
  advice,
});
