const isOn = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  !(typeof value === "object" && Object.keys(value).length === 0);

interface Feature {
  /** Whether the value asks for the feature; by default any value but null, false and empty lists or objects. */
  readonly asked?: (value: unknown) => boolean;
  readonly reason: string;
}

/** What PEFT's LoRA can do that ΔW = scale · B · A on linear layers does not express. */
const features: Readonly<Record<string, Feature>> = {
  use_dora: { reason: "DoRA also rescales the base weight; merge it into its base with PEFT first" },
  lora_bias: { reason: "biases are not read" },
  bias: { asked: (value) => isOn(value) && value !== "none", reason: "biases are not read" },
  modules_to_save: { reason: "only low-rank updates are read, not whole layers" },
  trainable_token_indices: { reason: "embedding rows are not read" },
  fan_in_fan_out: { reason: "transposed layers (Conv1D) are not read" },
  init_lora_weights: {
    asked: (value) => typeof value === "string" && /^(pissa|olora|corda|loftq|lora_ga)/i.test(value),
    reason: "this start also changes the base weight; convert it to a plain LoRA with PEFT first",
  },
  target_parameters: { reason: "only linear layers are read, not bare parameters" },
  layer_replication: { reason: "the base's layers are repeated" },
  alora_invocation_tokens: { reason: "the update applies to some tokens only" },
  use_qalora: { reason: "the update acts on pooled inputs" },
  use_bdlora: { reason: "the factors are block-diagonal" },
  arrow_config: { reason: "updates are routed by token" },
  kasa_config: { reason: "KaSA also changes the base weight" },
  velora_config: { reason: "its file holds projections beside the factors" },
  monteclora_config: { reason: "its file holds a sampler beside the factors" },
};

export const featureNames: readonly string[] = Object.keys(features);

/** Whether a raw config asks for one of PEFT's features beyond plain LoRA. */
export function isAsked(key: string, config: Readonly<Record<string, unknown>>): boolean {
  const { asked = isOn } = features[key] ?? {};
  return asked(Object.hasOwn(config, key) ? config[key] : undefined);
}

/** One line for each feature that a raw `adapter_config.json` asks for and this package does not support. */
export function findUnsupported(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(features).flatMap(([key, { reason }]) =>
    isAsked(key, config) ? [`${key}: unsupported (${reason}), found ${JSON.stringify(config[key])}`] : [],
  );
}
