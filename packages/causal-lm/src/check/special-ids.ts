import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const ids = z.union([z.int(), z.array(z.int())]).nullish();

// Files of transformers: a few keys are read, all else is left alone.
const idsSchema = z.object({ bos_token_id: ids, eos_token_id: ids, pad_token_id: ids });
const token = z.union([z.string(), z.object({ content: z.string() })]).nullish();
const tokensSchema = z.object({ bos_token: token, eos_token: token, pad_token: token });

export type SpecialName = "bos" | "eos" | "pad";

/** Ids by what they are for; none where a file does not say. */
export type SpecialIds = Readonly<Record<SpecialName, readonly number[]>>;

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

const listOf = (value: z.infer<typeof ids>): readonly number[] =>
  value === null || value === undefined ? [] : [value].flat();

/** The ids of special tokens that config.json or generation_config.json names; undefined where there is no such file, or it cannot be read. */
export async function readSpecialIds(
  folder: string,
  file: "config.json" | "generation_config.json",
): Promise<SpecialIds | undefined> {
  const found = await readJson(join(folder, file), idsSchema);
  if (found === undefined) return undefined;
  return { bos: listOf(found.bos_token_id), eos: listOf(found.eos_token_id), pad: listOf(found.pad_token_id) };
}

/** The special tokens that tokenizer_config.json names, as texts. */
export async function readSpecialTokens(folder: string): Promise<Readonly<Partial<Record<SpecialName, string>>>> {
  const found = await readJson(join(folder, "tokenizer_config.json"), tokensSchema);
  const textOf = (value: z.infer<typeof token>): string | undefined =>
    typeof value === "string" ? value : value?.content;
  const tokens = { bos: textOf(found?.bos_token), eos: textOf(found?.eos_token), pad: textOf(found?.pad_token) };
  return Object.fromEntries(Object.entries(tokens).filter(([, text]) => text !== undefined));
}
