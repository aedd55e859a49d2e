import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

// Files of transformers: a few keys are read, all else is left alone.
const idsSchema = z.object({ eos_token_id: z.union([z.int(), z.array(z.int())]).nullish() });
const token = z.union([z.string(), z.object({ content: z.string() })]).nullish();
const tokensSchema = z.object({ bos_token: token, eos_token: token, pad_token: token });

export type SpecialName = "bos" | "eos" | "pad";

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** The ids with which config.json or generation_config.json says that a text ends; none where there is no such file, or it cannot be read or does not say. */
export async function readEosIds(
  folder: string,
  file: "config.json" | "generation_config.json",
): Promise<readonly number[]> {
  const found = await readJson(join(folder, file), idsSchema);
  return [found?.eos_token_id ?? []].flat();
}

/** The special tokens that tokenizer_config.json names, as texts. */
export async function readSpecialTokens(folder: string): Promise<Readonly<Partial<Record<SpecialName, string>>>> {
  const found = await readJson(join(folder, "tokenizer_config.json"), tokensSchema);
  const textOf = (value: z.infer<typeof token>): string | undefined =>
    typeof value === "string" ? value : value?.content;
  const tokens = { bos: textOf(found?.bos_token), eos: textOf(found?.eos_token), pad: textOf(found?.pad_token) };
  return Object.fromEntries(Object.entries(tokens).filter(([, text]) => text !== undefined));
}
