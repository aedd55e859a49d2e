export type DpoErrorCode =
  /** Settings that are unknown, of the wrong kind, or make no sense together. */
  | "E_CONFIG"
  /** The chat template's rendering of a prompt is not the beginning of its rendering of prompt and answer. */
  | "E_TEMPLATE"
  /** A row of a data set that is no pair in any shape known. */
  | "E_ROW"
  /** A pair whose chosen or rejected side is not the assistant's turns with others' between them. */
  | "E_PAIR"
  /** No pair is left to train on. */
  | "E_NO_PAIRS"
  /** The adapter to start from does not have the rank the settings ask for. */
  | "E_INITIAL_ADAPTER"
  /** A loss or gradient that is not a number. The last checkpoint is kept. */
  | "E_NON_FINITE"
  /** A checkpoint or log that is broken or incomplete. */
  | "E_CHECKPOINT"
  /** A checkpoint of another run: other settings, pairs, base, start or runtime. */
  | "E_CHECKPOINT_MISMATCH"
  /** A tracker's server that does not take the run's rows. */
  | "E_TRACKER"
  /** Stopped by the abort signal, after a checkpoint. */
  | "E_ABORTED";

export class DpoError extends Error {
  override readonly name = "DpoError";
  readonly code: DpoErrorCode;

  constructor(code: DpoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
