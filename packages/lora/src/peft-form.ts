import { fromFloat32 } from "@prefdelta/safetensors";
import type { FloatDtype, TensorView } from "@prefdelta/safetensors";
import { checkAdapterConfig } from "./adapter-config.ts";
import type { Adapter } from "./adapter.ts";
import { LoraError } from "./errors.ts";
import { configFile } from "./folder-files.ts";
import { magnitudeKey, peftKey } from "./peft-keys.ts";
import { planModules } from "./plan-modules.ts";

/** What an adapter folder holds. */
export interface PeftForm {
  /** By PEFT's keys. */
  readonly tensors: Map<string, TensorView>;
  /** The text of `adapter_config.json`. */
  readonly config: string;
  /** Rank and scale in words, for the README. */
  readonly rank: string;
}

/**
 * An adapter's tensors and config as they were loaded: ranks, alphas, patterns and every other key of PEFT's stay; the
 * base model's name is the adapter's, keys and lists of targets are sorted (PEFT writes the list in any order).
 *
 * @throws LoraError E_ADAPTER: it was not loaded from a folder, or its modules are no longer those its config describes
 */
export function peftForm(adapter: Adapter, dtype: FloatDtype): PeftForm {
  const { modules, baseModel } = adapter;
  if (adapter.config === undefined) {
    throw new LoraError("E_ADAPTER", ["expected an adapter with the config it was loaded with, found none"]);
  }
  const config = { ...adapter.config, base_model_name_or_path: baseModel };
  const tensors = new Map<string, TensorView>();
  for (const [path, { A, B, rank, inFeatures, outFeatures, magnitude }] of modules) {
    tensors.set(peftKey(path, "A"), fromFloat32(A, { dtype, shape: [rank, inFeatures] }));
    tensors.set(peftKey(path, "B"), fromFloat32(B, { dtype, shape: [outFeatures, rank] }));
    if (magnitude) tensors.set(magnitudeKey(path), fromFloat32(magnitude, { dtype, shape: [outFeatures] }));
  }
  const plan = planModules(tensors, checkAdapterConfig(config, configFile, { features: "with-dora" }));
  const rescaled = [...modules].flatMap(([path, { scale }]) => {
    const expected = plan.modules.get(path)?.scale;
    return expected === undefined || expected === scale
      ? []
      : [`${path}: expected the config's scale ${expected}, found ${scale}; the portable profile can hold it`];
  });
  const problems = [...plan.problems, ...rescaled];
  if (problems.length > 0) throw new LoraError("E_ADAPTER", problems);
  const ranks = new Set([...modules.values()].map(({ rank }) => rank));
  const rank = `${[...ranks].toSorted((a, b) => a - b).join(", ")} (alpha and patterns as in the config)`;
  return { tensors, config: `${JSON.stringify(sorted(config), null, 2)}\n`, rank };
}

/** The top level in order; patterns keep theirs, since the first that fits wins. */
function sorted(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(config).map(([key, value]): [string, unknown] => {
    const isTargets = key === "target_modules" && Array.isArray(value);
    return [key, isTargets ? value.map(String).toSorted() : value];
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
