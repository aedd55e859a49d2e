export type CausalLmErrorCode =
  /** A file of the model folder is absent or unreadable. */
  | "E_MODEL_FILE"
  /** config.json, tokenizer.json or tokenizer_config.json does not say what is needed, or says what is not supported. */
  | "E_MODEL_CONFIG"
  /** The checkpoint lacks a tensor, or has one of another shape than the config implies. */
  | "E_CHECKPOINT"
  /** The runtime that was asked for is not installed or does not start. */
  | "E_RUNTIME"
  /** A runtime computes other numbers than it should. */
  | "E_NUMBERS"
  /** LoRA factors that do not fit the model. */
  | "E_LORA"
  /** A prompt or completion that cannot be laid out: empty prompt, token outside the vocabulary. */
  | "E_TOKENS"
  /** The memory given would not hold the least of the model, whatever is computed. */
  | "E_MEMORY"
  /** Whole weights are asked of a model whose layers stay on the disk. */
  | "E_ON_DISK"
  /** The chat template is absent or fails. */
  | "E_TEMPLATE";

export class CausalLmError extends Error {
  override readonly name = "CausalLmError";
  readonly code: CausalLmErrorCode;

  constructor(code: CausalLmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
