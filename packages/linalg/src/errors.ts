export type LinalgErrorCode = "E_SHAPE" | "E_NOT_FINITE" | "E_NOT_SYMMETRIC";

/** A matrix that does not fit the operation. The message names the operation, what it expected and what it got. */
export class LinalgError extends Error {
  override readonly name = "LinalgError";
  readonly code: LinalgErrorCode;

  constructor(code: LinalgErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
