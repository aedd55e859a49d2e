export interface PortableConfig {
  readonly rank: number;
  readonly baseModel: string | null;
  /** PEFT's task, e.g. "CAUSAL_LM"; null for none. */
  readonly taskType: string | null;
  /** Paths of the adapted layers. */
  readonly paths: Iterable<string>;
  /** Whether the layers have magnitudes: PEFT alone is sure to read these. */
  readonly dora?: boolean;
}

/**
 * The text of an `adapter_config.json` that PEFT, vLLM, SGLang and llama.cpp's converter understand alike: lora_alpha =
 * r, so the scale is 1 by every rule, and nothing that some of them ignore.
 */
export function portableConfig({ rank, baseModel, taskType, paths: given, dora = false }: PortableConfig): string {
  const paths = [...given];
  const excluded = excludedModules(paths);
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: "none",
    // Engines that do not read it go by the tensors, which is the same.
    ...(excluded.length > 0 ? { exclude_modules: excluded } : {}),
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: rank,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: "LORA",
    r: rank,
    rank_pattern: {},
    revision: null,
    target_modules: targetModules(paths),
    task_type: taskType,
    use_dora: dora,
    use_rslora: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

const numbered = /^(.*?\.)(\d+)(\..+)$/;

/**
 * Where a name is adapted in some layers and not in others that are adapted too, the paths that are not: without them
 * PEFT would put an update of zero there, and warn of missing keys.
 */
export function excludedModules(paths: readonly string[]): string[] {
  const parts = paths.flatMap((path) => {
    const match = numbered.exec(path);
    return match === null ? [] : [{ before: match[1]!, layer: match[2]!, after: match[3]! }];
  });
  const known = new Set(paths);
  return [...Map.groupBy(parts, ({ before }) => before)].flatMap(([before, group]) => {
    const layers = [...new Set(group.map(({ layer }) => layer))];
    const names = [...new Set(group.map(({ after }) => after))];
    const all = layers.flatMap((layer) => names.map((name) => `${before}${layer}${name}`));
    return all.filter((path) => !known.has(path)).toSorted();
  });
}

/**
 * The layers' own names, sorted. A layer that is named by a number (in a Sequential) would stand for every container's
 * member of that number, so it keeps its path.
 */
export function targetModules(paths: Iterable<string>): string[] {
  const names = [...paths].map((path) => {
    const name = path.slice(path.lastIndexOf(".") + 1);
    return /^\d+$/.test(name) ? path : name;
  });
  return [...new Set(names)].toSorted();
}
