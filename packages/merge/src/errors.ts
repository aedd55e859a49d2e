/** Stable, for callers to branch on. */
export type MergeErrorCode = "E_OPTIONS" | "E_ADAPTERS" | "E_NOT_FINITE" | "E_BASE";

/** Everything that is wrong with the options, or with the adapters, at once. */
export class MergeError extends Error {
  override readonly name = "MergeError";
  readonly code: MergeErrorCode;
  /** One line each: which option, adapter or tensor, what was expected, what was found. */
  readonly problems: readonly string[];

  constructor(code: MergeErrorCode, problems: readonly string[]) {
    super(
      problems.length === 1
        ? problems[0]!
        : `${problems.length} problems${problems.map((line) => `\n  ${line}`).join("")}`,
    );
    this.code = code;
    this.problems = problems;
  }
}
