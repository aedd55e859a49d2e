import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LoraError } from "../errors.ts";

/** What llama.cpp's form of an adapter depends on in its base model. */
export interface GgufBase {
  /** llama.cpp's name. */
  readonly architecture: string;
  /**
   * Heads of each layer whose rows llama.cpp reorders: its rotary embedding turns neighbouring pairs of a Llama's
   * queries and keys, where Hugging Face's turns the halves. Its other architectures keep the halves.
   */
  readonly rotated: Readonly<Record<string, number>>;
}

/** llama.cpp's architectures by Hugging Face's `model_type`. */
const architectures: Readonly<Record<string, { readonly name: string; readonly interleaved: boolean }>> = {
  qwen3: { name: "qwen3", interleaved: false },
  qwen2: { name: "qwen2", interleaved: false },
  llama: { name: "llama", interleaved: true },
  mistral: { name: "llama", interleaved: true },
};

const schema = z.object({
  model_type: z.enum(Object.keys(architectures)),
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().nullish(),
});

/**
 * Reads the `config.json` of a base model's folder.
 *
 * @throws LoraError E_FILE (none there), E_CONFIG (not JSON, or an architecture that is not known here)
 */
export async function readGgufBase(folder: string): Promise<GgufBase> {
  const file = join(folder, "config.json");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new LoraError("E_FILE", ["expected the base model's config, found none that can be read"], { file, cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LoraError("E_CONFIG", [`expected JSON, found: ${(cause as Error).message}`], { file, cause });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const found = (json as Record<string, unknown> | null) ?? {};
    const problems = parsed.error.issues.map(({ path, message }) => {
      const key = String(path[0]);
      return `${key}: ${message.replace(/^Invalid (input|option): /, "")}, found ${JSON.stringify(found[key])}`;
    });
    throw new LoraError("E_CONFIG", problems, { file });
  }
  const { model_type: type, num_attention_heads: heads, num_key_value_heads: keyHeads } = parsed.data;
  const { name, interleaved } = architectures[type]!;
  return { architecture: name, rotated: interleaved ? { q_proj: heads, k_proj: keyHeads ?? heads } : {} };
}
