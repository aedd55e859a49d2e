import { LoraError } from "@prefdelta/lora";
import { SafetensorsError } from "@prefdelta/safetensors";
import { MergeError } from "../errors.ts";

/** An error that can be sent to another thread. */
export interface ErrorMessage {
  readonly kind: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** code, problems, file, tensor: whatever it has of its own. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const kinds: Readonly<Record<string, { readonly prototype: Error }>> = { LoraError, MergeError, SafetensorsError };

export function toErrorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) return { kind: "Error", message: String(error), stack: undefined, fields: {} };
  const { name, message, stack } = error;
  const fields = Object.entries(error).filter(([key]) => key !== "cause" && key !== "name");
  return { kind: name, message, stack, fields: Object.fromEntries(fields) };
}

/** The same error, of the same class. */
export function fromErrorMessage({ kind, message, stack, fields }: ErrorMessage): Error {
  const error = new Error(message);
  Object.setPrototypeOf(error, kinds[kind]?.prototype ?? Error.prototype);
  return Object.assign(error, fields, { name: kind, stack });
}
