import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyBaseGguf, tinyQwen3 } from "../__fixtures__/tiny-base-gguf.ts";
import { exportGguf } from "../export-gguf.ts";
import { loadAdapter } from "../load-adapter.ts";

/** As much of node-llama-cpp 3 as is used here. */
interface NodeLlamaCpp {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      createContext(options: object): Promise<{ getSequence(): Sequence; dispose(): Promise<void> }>;
      dispose(): Promise<void>;
    }>;
    dispose(): Promise<void>;
  }>;
}
interface Sequence {
  clearHistory(): Promise<void>;
  controlledEvaluate(
    input: readonly (number | readonly [number, object])[],
  ): Promise<readonly ({ readonly next: { readonly logits: ReadonlyMap<number, number> } } | undefined)[]>;
}

/** Nobody's dependency: it brings 100 MB of llama.cpp. NODE_LLAMA_CPP may name the module's file elsewhere. */
const specifier = process.env["NODE_LLAMA_CPP"] ?? "node-llama-cpp";
const module: unknown = await import(/* @vite-ignore */ specifier).catch((error: Error) => error);
if (module instanceof Error) process.stderr.write(`not compared with llama.cpp: ${module.message.split("\n")[0]}\n`);

const fixture = (name: string): string => fileURLToPath(new URL(`../__fixtures__/${name}`, import.meta.url));

describe.skipIf(module instanceof Error)("llama.cpp with an exported adapter", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "llama-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("gives the log-probs of transformers with PEFT", { timeout: 120_000 }, async () => {
    const [base, lora] = [join(folder, "base.gguf"), join(folder, "lora.gguf")];
    await writeFile(base, await tinyBaseGguf());
    await exportGguf(lora, await loadAdapter(fixture("qwen3")), { base: tinyQwen3 });
    const llama = await (module as NodeLlamaCpp).getLlama({ build: "never", gpu: false, logLevel: "error" });
    const model = await llama.loadModel({ modelPath: base, gpuLayers: 0 });
    // Made by tooling/peers/lora_golden.py.
    const text = await readFile(fixture("qwen3/log_probs.json"), "utf8");
    const rows = JSON.parse(text) as { ids: number[]; logProbs: number[] }[];
    const cache = { experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32", flashAttention: false };
    const worst = async (options: object): Promise<number> => {
      const context = await model.createContext({ contextSize: 64, threads: 1, ...cache, ...options });
      const sequence = context.getSequence();
      const differences: number[] = [];
      for (const { ids, logProbs } of rows) {
        await sequence.clearHistory();
        // Without these the sampler cuts the distribution before it is seen.
        const all = { logits: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } };
        const out = await sequence.controlledEvaluate([...ids.slice(0, -1), [ids.at(-1)!, { generateNext: all }]]);
        const logits = logProbs.map((_, token) => out.at(-1)!.next.logits.get(token)!);
        const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
        differences.push(...logits.map((logit, token) => Math.abs(logit - total - logProbs[token]!)));
      }
      await context.dispose();
      return Math.max(...differences);
    };
    // Measured: 2.4e-6 with the adapter, 5.4 without.
    expect(await worst({ lora })).toBeLessThan(1e-4);
    expect(await worst({})).toBeGreaterThan(1);
    await model.dispose();
    await llama.dispose();
  });
});
