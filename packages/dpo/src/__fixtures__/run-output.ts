import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Every file of a run that a later stage or a person reads, by content. */
export async function runOutput(outDir: string): Promise<Record<string, string>> {
  const files = (await readdir(join(outDir, "adapter"))).map((file) => join("adapter", file));
  const contents = [...files, "trainer_log.jsonl"].map(
    async (file) => [file, (await readFile(join(outDir, file))).toString("base64")] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}
