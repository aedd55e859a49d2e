import type { Adapter } from "@prefdelta/lora";
import { MergeError } from "./errors.ts";

/**
 * The adapter with its update multiplied by λ. No number in the factors changes, so trying many λ on one merge costs nothing, and
 * scaling a merge is the same as merging with that scale.
 *
 * @throws {MergeError} E_OPTIONS when λ is not finite
 */
export function scaleDelta(adapter: Adapter, lambda: number): Adapter {
  if (!Number.isFinite(lambda)) throw new MergeError("E_OPTIONS", [`scale: expected a finite number, found ${lambda}`]);
  const before = Number(adapter.metadata.get("merge_scale") ?? 1);
  return {
    baseModel: adapter.baseModel,
    modules: new Map([...adapter.modules].map(([path, module]) => [path, { ...module, scale: module.scale * lambda }])),
    metadata: new Map([...adapter.metadata, ["merge_scale", String(before * lambda)]]),
  };
}
