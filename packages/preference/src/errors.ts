/** Stable, for callers to branch on. */
export type PreferenceErrorCode =
  // files
  | "E_FILE"
  | "E_ENCODING"
  | "E_JSON"
  | "E_ROW"
  | "E_DUPLICATE_ID"
  | "E_WRITE"
  | "E_STORE"
  // what a model gave back
  | "E_RESPONSES"
  // servers
  | "E_REQUEST"
  | "E_PROVIDER";

/** Where something is wrong; leads every line of the message. */
export interface Place {
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
}

/** Everything that is wrong in one place, at once: one line each, `FILE:LINE: KEY — expected …, got …`. */
export class PreferenceError extends Error {
  override readonly name = "PreferenceError";
  readonly code: PreferenceErrorCode;
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** One each, without the place. */
  readonly problems: readonly string[];

  constructor(
    code: PreferenceErrorCode,
    problems: readonly string[],
    { file, line, cause }: Place & { readonly cause?: unknown } = {},
  ) {
    const place = [file, line].filter((part) => part !== undefined).join(":");
    const lines = problems.map((problem) => (place === "" ? problem : `${place}: ${problem}`));
    super(lines.join("\n"), cause === undefined ? {} : { cause });
    this.code = code;
    this.file = file;
    this.line = line;
    this.problems = problems;
  }
}
