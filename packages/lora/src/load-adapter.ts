import type { Adapter, LoraModule } from "./adapter.ts";
import { openAdapter } from "./open-adapter.ts";
import type { OpenAdapterOptions } from "./open-adapter.ts";

/**
 * Reads a LoRA adapter folder whole.
 *
 * @throws as openAdapter
 */
export async function loadAdapter(folder: string, options: OpenAdapterOptions = {}): Promise<Adapter> {
  const { read, close, ...adapter } = await openAdapter(folder, options);
  try {
    const modules = new Map<string, LoraModule>();
    for (const path of adapter.modules.keys()) modules.set(path, await read(path));
    return { ...adapter, modules };
  } finally {
    await close();
  }
}
