/** One code per broken invariant; stable, for callers to branch on. */
export type SafetensorsErrorCode =
  // the header as bytes
  | "E_HEADER_TOO_SMALL"
  | "E_HEADER_TOO_LARGE"
  | "E_HEADER_LENGTH"
  | "E_HEADER_START"
  | "E_HEADER_UTF8"
  | "E_HEADER_JSON"
  // the header as a value
  | "E_DUPLICATE_KEY"
  | "E_METADATA"
  | "E_TENSOR_INFO"
  | "E_DTYPE"
  | "E_NAME"
  // sizes and offsets
  | "E_OVERFLOW"
  | "E_BITS"
  | "E_SIZE"
  | "E_OFFSETS"
  | "E_HOLE"
  | "E_OVERLAP"
  | "E_TRUNCATED"
  | "E_TRAILING_BYTES"
  // requests
  | "E_TENSOR_NOT_FOUND"
  | "E_CODEC"
  | "E_RANGE"
  | "E_CLOSED"
  // files
  | "E_FILE"
  | "E_HTTP"
  | "E_WRITE"
  | "E_INDEX"
  | "E_SHARD_MISSING"
  | "E_TENSOR_MISSING";

/** Where something is wrong; both parts lead the message. */
export interface Place {
  readonly file?: string | undefined;
  readonly tensor?: string | undefined;
}

export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  readonly code: SafetensorsErrorCode;
  readonly file: string | undefined;
  readonly tensor: string | undefined;

  constructor(code: SafetensorsErrorCode, what: string, place: Place & { readonly cause?: unknown } = {}) {
    const { file, tensor, cause } = place;
    const parts = [file, tensor === undefined ? undefined : `tensor ${JSON.stringify(tensor)}`, what];
    super(parts.filter((part) => part !== undefined).join(": "), cause === undefined ? {} : { cause });
    this.code = code;
    this.file = file;
    this.tensor = tensor;
  }
}
