import type { Checkpoint } from "@prefdelta/safetensors/node";
import { CausalLmError } from "./errors.ts";
import type { ModelConfig } from "./model/config.ts";
import { weightShapes } from "./model/weights.ts";

/**
 * Holds a checkpoint against its config: what it lacks or has in another shape is named, all at once.
 *
 * @throws {CausalLmError} E_CHECKPOINT
 */
export function checkTensors(folder: string, checkpoint: Checkpoint, config: ModelConfig): void {
  const problems: string[] = [];
  for (const [name, shape] of weightShapes(config)) {
    const found = checkpoint.entries.get(name);
    if (!found) problems.push(`${name} — expected [${shape.join()}], got nothing`);
    else if (found.shape.join() !== shape.join()) {
      problems.push(`${name} — expected [${shape.join()}], got [${found.shape.join()}]`);
    }
  }
  if (problems.length > 0) {
    throw new CausalLmError("E_CHECKPOINT", `${folder}: checkpoint does not fit its config\n${problems.join("\n")}`);
  }
}
