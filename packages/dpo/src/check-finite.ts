import { DpoError } from "./errors.ts";

interface Update {
  readonly loss: number;
  readonly gradNorm: number;
  /** Counted from 1. */
  readonly step: number;
  /** prompt_ids of its pairs. */
  readonly ids: readonly string[];
}

/** @throws {DpoError} E_NON_FINITE naming the step and its pairs. */
export function checkFinite({ loss, gradNorm, step, ids }: Update): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  const what = Number.isFinite(loss)
    ? `gradient norm — expected a finite number, got ${gradNorm}`
    : `loss — expected a finite number, got ${loss}`;
  const message = `step ${step}: ${what}; the adapter was not changed and the last checkpoint is kept; pairs ${ids.join(", ")}`;
  throw new DpoError("E_NON_FINITE", message);
}
