import { DpoError } from "./errors.ts";

/** @throws {DpoError} E_ABORTED saying how far the work is. */
export function throwIfAborted(signal: AbortSignal | undefined, reached: string): void {
  if (signal?.aborted) throw new DpoError("E_ABORTED", `stopped ${reached}; the same call goes on from here`);
}
