import type { LlamaCpp } from "../llama-cpp/llama-cpp.ts";

/** NODE_LLAMA_CPP may name the module's file elsewhere: it is nobody's dependency, since it brings 100 MB of llama.cpp. */
const specifier = process.env["NODE_LLAMA_CPP"] ?? "node-llama-cpp";
const module: unknown = await import(/* @vite-ignore */ specifier).catch((error: Error) => error);
if (module instanceof Error) process.stderr.write(`no GGUF is run: ${module.message.split("\n")[0]}\n`);

/** Undefined where it is not installed. */
export const nodeLlamaCpp = module instanceof Error ? undefined : (module as LlamaCpp);

const writer = new URL("../../../lora/src/__fixtures__/tiny-base-gguf.ts", import.meta.url).href;

/** tiny-qwen3 as a GGUF file, with its tokenizer and chat template. */
export async function tinyGguf(): Promise<Buffer> {
  const { tinyBaseGguf } = (await import(/* @vite-ignore */ writer)) as { tinyBaseGguf: () => Promise<Buffer> };
  return tinyBaseGguf();
}
