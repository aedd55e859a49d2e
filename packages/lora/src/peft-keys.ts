const prefix = "base_model.model.";

export type Factor = "A" | "B";

/** The name of a factor's tensor in `adapter_model.safetensors`. */
export function peftKey(path: string, factor: Factor): string {
  return `${prefix}${path}.lora_${factor}.weight`;
}

/** The name of a DoRA layer's magnitude, as PEFT saves it. */
export const magnitudeKey = (path: string): string => `${prefix}${path}.lora_magnitude_vector`;

/** The layer whose magnitude a tensor's name stands for, if it stands for one. */
export const magnitudePath = (key: string): string | undefined =>
  /^base_model\.model\.(.+)\.lora_magnitude_vector$/s.exec(key)?.[1];

/** The layer and factor that a tensor's name stands for, or why it stands for none. */
export function parsePeftKey(
  key: string,
): { readonly path: string; readonly factor: Factor } | { readonly problem: string } {
  const match = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/s.exec(key);
  if (match !== null) return { path: match[1]!, factor: match[2] as Factor };
  const kind = foreignKinds.find(([rule]) => rule.test(key));
  return {
    problem: `${key}: expected ${prefix}<layer>.lora_A.weight or lora_B.weight, found ${kind?.[1] ?? "an unknown key"}`,
  };
}

const foreignKinds: readonly (readonly [RegExp, string])[] = [
  [/\.lora_embedding_[AB]$/, "an embedding's factor, which is unsupported"],
  [/\.lora_magnitude_vector(\.weight)?$/, "a DoRA magnitude, which is unsupported"],
  [/\.lora_[AB]\.bias$/, "a LoRA bias, which is unsupported"],
  [/\.token_adapter\./, "rows of an embedding (trainable_token_indices), which are unsupported"],
  [
    /\.base_layer\.(weight|bias)$/,
    "a copy of the base layer beside its factors, which is unsupported: save with save_embedding_layers=False",
  ],
  [/\.lora_[AB]\.[^.]+\.weight$/, "an adapter's name in the key: save it with save_pretrained"],
  [/^(?!.*lora_).*\.(weight|bias)$/, "a whole base parameter (modules_to_save), which is unsupported"],
];
