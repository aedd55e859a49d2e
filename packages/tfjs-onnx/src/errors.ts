export type TfjsOnnxErrorCode =
  /** A tensor that belongs to no input, or to another trace, was used inside the traced function. */
  | "E_FOREIGN_TENSOR"
  /** The traced function asked for a value (`dataSync`, `arraySync`) that exists only when the graph runs. */
  | "E_VALUE_UNDER_TRACE"
  /** The traced function called a random op: its one draw would be frozen into the graph. */
  | "E_RANDOM_UNDER_TRACE"
  /** A kernel, or an attribute of it, has no ONNX form here. */
  | "E_UNSUPPORTED_KERNEL"
  /** `run` was fed too few, too many, or tensors of another shape or type than the graph's inputs. */
  | "E_FEED"
  /** ONNX Runtime, or the execution provider asked for, cannot be loaded. */
  | "E_PROVIDER"
  /** Products in 8-bit integers were asked for, and are wrong on this processor. */
  | "E_INTEGER_PRODUCTS";

export class TfjsOnnxError extends Error {
  override readonly name = "TfjsOnnxError";
  readonly code: TfjsOnnxErrorCode;

  constructor(code: TfjsOnnxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
