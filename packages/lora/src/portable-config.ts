export interface PortableConfig {
  readonly rank: number;
  readonly baseModel: string | null;
  /** PEFT's task, e.g. "CAUSAL_LM"; null for none. */
  readonly taskType: string | null;
  /** Paths of the adapted layers. */
  readonly paths: Iterable<string>;
}

/**
 * The text of an `adapter_config.json` that PEFT, vLLM, SGLang and llama.cpp's converter understand alike: lora_alpha =
 * r, so the scale is 1 by every rule, and nothing that some of them ignore.
 */
export function portableConfig({ rank, baseModel, taskType, paths }: PortableConfig): string {
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: "none",
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
    use_dora: false,
    use_rslora: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
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
