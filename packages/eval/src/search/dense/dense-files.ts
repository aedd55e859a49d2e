import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EvalError } from "../../errors.ts";

/** The files of a dense index's folder. */
export const denseFiles = { meta: "dense.json", vectors: "vectors.usearch", places: "places.f64" } as const;

const count = z.int().nonnegative();
const metaSchema = z.strictObject({
  format: z.literal(1),
  /** The embedding model, as its server calls it. */
  model: z.string(),
  /** Put before each query and each passage: "query: " and "passage: " for E5. */
  queryPrefix: z.string(),
  passagePrefix: z.string(),
  dimensions: z.int().positive(),
  passages: count,
  corpusBytes: count,
});
export type DenseMeta = z.infer<typeof metaSchema>;

/** What a dense index was made with. @throws {EvalError} E_INDEX */
export async function readDenseMeta(folder: string): Promise<DenseMeta> {
  const path = join(folder, denseFiles.meta);
  try {
    return metaSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    const got = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new EvalError("E_INDEX", `${path}: expected what was written with a dense index, got ${got}`, { cause });
  }
}
