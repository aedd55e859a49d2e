import { z } from "zod";
import { LoraError } from "./errors.ts";
import { compilePatterns } from "./module-patterns.ts";
import { findUnsupported } from "./unsupported-features.ts";

const pattern = <V extends z.ZodType<number>>(value: V) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((record) => record ?? {});

/** A list of names, or one regular expression. */
const names = z.union([z.string(), z.array(z.string())]);

/**
 * The keys of PEFT's `adapter_config.json` that a LoRA's weight update depends on, with PEFT's own defaults. Other
 * keys are PEFT's business and pass; those that would change the update are refused by name.
 */
const adapterConfigSchema = z.object({
  peft_type: z.literal("LORA"),
  base_model_name_or_path: z.string().nullish(),
  r: z.int().positive().default(8),
  lora_alpha: z.number().default(8),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  rank_pattern: pattern(z.int().positive()),
  alpha_pattern: pattern(z.number()),
  target_modules: names.nullish(),
  exclude_modules: names.nullish(),
  layers_to_transform: z.union([z.int(), z.array(z.int())]).nullish(),
  layers_pattern: names.nullish(),
});

export type AdapterConfig = z.output<typeof adapterConfigSchema>;

/** A config's text as PEFT's own reader sees it: every key, in the file's order. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** What a reader takes: plain LoRA, DoRA too, or whatever there is. */
export type Features = "supported" | "with-dora" | "any";

/**
 * @param file path for messages
 * @throws LoraError E_CONFIG (not JSON, or keys that do not parse) or E_UNSUPPORTED, with all problems
 */
export function parseAdapterConfig(
  text: string,
  file: string,
  options: { readonly features?: Features } = {},
): { config: AdapterConfig; raw: RawConfig } {
  const raw = parseAdapterJson(text, file);
  return { config: checkAdapterConfig(raw, file, options), raw };
}

/**
 * {@link parseAdapterConfig} of a config that is JSON already.
 *
 * @param features any: what this package does not support passes too
 */
export function checkAdapterConfig(
  json: unknown,
  file: string,
  { features = "supported" }: { readonly features?: Features } = {},
): AdapterConfig {
  const result = adapterConfigSchema.safeParse(json);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => {
      const what = message.replace("Invalid input: ", "").replace("received", "found");
      return path.length === 0 ? what : `${path.map(String).join(".")}: ${what}`;
    });
    throw new LoraError("E_CONFIG", problems, { file });
  }
  const { rank_pattern, alpha_pattern } = result.data;
  const broken = [
    ...compilePatterns(rank_pattern).broken.map((key) => `rank_pattern.${key}`),
    ...compilePatterns(alpha_pattern).broken.map((key) => `alpha_pattern.${key}`),
    ...(["target_modules", "exclude_modules"] as const).flatMap((key) => {
      const value = result.data[key];
      return typeof value === "string" && compilePatterns({ [value]: 0 }).broken.length > 0 ? [key] : [];
    }),
  ];
  if (broken.length > 0) {
    const problems = broken.map(
      (key) => `${key}: expected a regular expression, found one that JavaScript cannot read`,
    );
    throw new LoraError("E_CONFIG", problems, { file });
  }
  const asked = features === "any" ? [] : findUnsupported(json as Record<string, unknown>);
  const unsupported = features === "with-dora" ? asked.filter((problem) => !problem.startsWith("use_dora:")) : asked;
  if (unsupported.length > 0) throw new LoraError("E_UNSUPPORTED", unsupported, { file });
  return result.data;
}

/** @throws LoraError E_CONFIG: not JSON; whether it is a LoRA's config is checked by checkAdapterConfig */
export function parseAdapterJson(text: string, file: string): RawConfig {
  try {
    return JSON.parse(text) as RawConfig;
  } catch (cause) {
    throw new LoraError("E_CONFIG", [`expected JSON, found: ${(cause as Error).message}`], { file, cause });
  }
}
