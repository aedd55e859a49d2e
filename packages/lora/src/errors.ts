/** Stable, for callers to branch on. */
export type LoraErrorCode =
  | "E_FILE"
  | "E_CONFIG"
  | "E_UNSUPPORTED"
  | "E_TENSORS"
  | "E_ADAPTER"
  | "E_BASE"
  | "E_FOLDER"
  | "E_WRITE";

/** Everything that is wrong at one border, at once. */
export class LoraError extends Error {
  override readonly name = "LoraError";
  readonly code: LoraErrorCode;
  readonly file: string | undefined;
  /** One line each: the key or module, what was expected, what was found. */
  readonly problems: readonly string[];

  constructor(
    code: LoraErrorCode,
    problems: readonly string[],
    { file, cause }: { readonly file?: string | undefined; readonly cause?: unknown } = {},
  ) {
    const list = problems.length === 1 ? problems[0]! : problems.map((problem) => `\n  ${problem}`).join("");
    super(file === undefined ? list.trimStart() : `${file}: ${list}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.file = file;
    this.problems = problems;
  }
}
