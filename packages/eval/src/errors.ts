export type EvalErrorCode =
  /** A file cannot be opened, read or written. */
  | "E_FILE"
  /** A line of a corpus is no JSON, or no passage. */
  | "E_ROW"
  /** Things that must belong together do not: transcripts and items, or two sets of results. */
  | "E_MISMATCH"
  /** Nothing to score. */
  | "E_NO_ITEMS"
  /** A port answered with another number of answers than it was asked for, or left out the stop text. */
  | "E_PORT"
  /** A retriever without a passage to give. */
  | "E_EMPTY_CORPUS"
  /** A file is no index, or the index of another corpus. */
  | "E_INDEX"
  /** A task's keys, templates or patterns are not what they must be. */
  | "E_TASK"
  /** A document that a task does not fit: a field is not there, or the answer is none of the choices. */
  | "E_DOCUMENT"
  /** A replay was asked for a call that its cassette does not hold. */
  | "E_CASSETTE"
  /** A server cannot be reached, or answers with an error. */
  | "E_SERVER"
  /** usearch, an optional dependency, is not there or does not run on this machine. */
  | "E_USEARCH";

export class EvalError extends Error {
  override readonly name = "EvalError";
  readonly code: EvalErrorCode;

  constructor(code: EvalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
