import { firstNotFinite } from "@prefdelta/linalg";
import type { Adapter } from "@prefdelta/lora";
import { MergeError } from "./errors.ts";

/** @throws {MergeError} E_NOT_FINITE, naming adapter, tensor and place of the first NaN or infinity of each tensor */
export function assertFinite(adapters: readonly Pick<Adapter, "modules">[], names: readonly string[]): void {
  const problems: string[] = [];
  for (const [index, { modules }] of adapters.entries()) {
    for (const [path, { A, B, scale }] of modules) {
      for (const [tensor, values] of [
        ["lora_A.weight", A],
        ["lora_B.weight", B],
      ] as const) {
        const at = firstNotFinite(values);
        if (at >= 0)
          problems.push(`${names[index]}: ${path}.${tensor}: expected finite numbers, found ${values[at]} at ${at}`);
      }
      if (!Number.isFinite(scale))
        problems.push(`${names[index]}: ${path}.scale: expected a finite number, found ${scale}`);
    }
  }
  if (problems.length > 0) throw new MergeError("E_NOT_FINITE", problems);
}
