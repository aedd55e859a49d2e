import type { TensorEntry } from "@prefdelta/safetensors";
import type { AdapterConfig } from "./adapter-config.ts";
import type { ModuleOutline } from "./adapter.ts";
import { loraScale } from "./lora-scale.ts";
import { compilePatterns } from "./module-patterns.ts";
import { pairFactors } from "./pair-factors.ts";
import { magnitudeProblems, splitMagnitudes } from "./split-magnitudes.ts";
import { isTargeted } from "./target-modules.ts";

/**
 * Works out an adapter's modules from its config and the tensors that its file declares. The rank is the tensors' own;
 * the config must agree.
 *
 * @param entries the header of `adapter_model.safetensors`
 * @returns modules by path, in path order, and every problem found; with problems the modules are not to be used
 */
export function planModules(
  entries: Iterable<readonly [string, Pick<TensorEntry, "dtype" | "shape">]>,
  config: AdapterConfig,
): { modules: Map<string, ModuleOutline>; problems: string[] } {
  const { others, magnitudes, ...split } =
    config.use_dora === true ? splitMagnitudes(entries) : { others: entries, magnitudes: undefined, problems: [] };
  const { pairs, problems } = pairFactors(others);
  problems.push(...split.problems);
  if (pairs.length === 0 && problems.length === 0)
    problems.push("expected at least one pair of LoRA factors, found none");

  const ranks = compilePatterns(config.rank_pattern);
  const alphas = compilePatterns(config.alpha_pattern);
  const modules = new Map<string, ModuleOutline>();
  for (const { path, A, B } of pairs) {
    const [rank, inFeatures] = A;
    const [outFeatures, columns] = B;
    const pattern = ranks.match(path);
    const configured = pattern?.value ?? config.r;
    const found = `lora_A ${rank}×${inFeatures} and lora_B ${outFeatures}×${columns}`;
    if (rank !== columns) {
      problems.push(`${path}: expected lora_A r×in and lora_B out×r of one r, found ${found}`);
    } else if (rank !== configured) {
      const source = pattern === undefined ? "r" : `rank_pattern ${JSON.stringify(pattern.key)}`;
      problems.push(`${path}: expected rank ${configured} (${source} of the config), found ${found}`);
    }
    if (!isTargeted(path, config)) {
      const rule = "a layer that target_modules names and nothing excludes (PEFT would leave it out)";
      problems.push(`${path}: expected ${rule}, found another`);
    }
    const alpha = alphas.match(path)?.value ?? config.lora_alpha;
    const scale = loraScale(alpha, rank, config.use_rslora);
    modules.set(path, { rank, inFeatures, outFeatures, scale });
  }
  if (magnitudes && problems.length === 0) problems.push(...magnitudeProblems(magnitudes, modules));
  return { modules, problems };
}
