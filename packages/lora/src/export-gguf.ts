import type { FloatDtype } from "@prefdelta/safetensors";
import type { Adapter } from "./adapter.ts";
import { readGgufBase } from "./gguf/base-config.ts";
import { encodeGguf } from "./gguf/encode-gguf.ts";
import { ggufAdapter } from "./gguf/gguf-adapter.ts";
import { refuseDora } from "./refuse-dora.ts";
import { writeChunks } from "./write-chunks.ts";

export interface ExportGgufOptions {
  /** Folder of the base model; its config.json alone is read. */
  readonly base: string;
  /** What the file calls itself, by default "lora". */
  readonly name?: string;
  /** Default F32. */
  readonly dtype?: FloatDtype;
}

/**
 * Writes an adapter as one GGUF file that llama.cpp takes with `--lora`. The file appears whole or not at all; equal
 * adapters give equal bytes.
 *
 * @throws LoraError E_FILE, E_CONFIG (the base's config), E_ADAPTER (layers that are not exported), E_WRITE
 */
export async function exportGguf(
  path: string,
  adapter: Adapter,
  { base, name = "lora", dtype = "F32" }: ExportGgufOptions,
): Promise<void> {
  refuseDora(adapter.modules, "a GGUF file");
  await writeChunks(path, encodeGguf(ggufAdapter(adapter, { base: await readGgufBase(base), name, dtype })));
}
