import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportGguf } from "./export-gguf.ts";
import { loadAdapter } from "./load-adapter.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`__fixtures__/${name}`, import.meta.url));

let folder: string;
let base: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gguf-"));
  [base, out] = [folder, join(folder, "lora.gguf")];
});
afterEach(() => rm(folder, { recursive: true }));

const baseConfig = (config: unknown): Promise<void> => writeFile(join(base, "config.json"), JSON.stringify(config));
const heads = { num_attention_heads: 4, num_key_value_heads: 2 };

/** Written by gguf-py from the same adapter; made by tooling/peers/gguf_golden.py. */
describe("against gguf-py, byte for byte", () => {
  it("a Qwen3's adapter", async () => {
    await baseConfig({ model_type: "qwen3", ...heads });
    await exportGguf(out, await loadAdapter(fixture("qwen3")), { base, name: "tiny" });
    expect(Buffer.compare(await readFile(out), await readFile(fixture("gguf/qwen3.gguf")))).toBe(0);
    expect((await readdir(folder)).toSorted()).toEqual(["config.json", "lora.gguf"]);
  });

  it("a Llama's in half precision, rows of queries and keys reordered", async () => {
    await baseConfig({ model_type: "llama", ...heads });
    await exportGguf(out, await loadAdapter(fixture("qwen3")), { base, name: "tiny", dtype: "F16" });
    expect(Buffer.compare(await readFile(out), await readFile(fixture("gguf/llama-f16.gguf")))).toBe(0);
  });

  it("keys have as many heads as queries where the config names no other number", async () => {
    const adapter = await loadAdapter(fixture("qwen3"));
    await baseConfig({ model_type: "llama", num_attention_heads: 2 });
    await exportGguf(out, adapter, { base });
    const one = await readFile(out);
    await baseConfig({ model_type: "mistral", num_attention_heads: 2, num_key_value_heads: 2 });
    await exportGguf(out, adapter, { base });
    expect(Buffer.compare(await readFile(out), one)).toBe(0);
  });
});

describe("refusals", () => {
  it("name the base's config and what is wrong in it", async () => {
    const adapter = await loadAdapter(fixture("qwen3"));
    await expect(exportGguf(out, adapter, { base })).rejects.toMatchObject({
      code: "E_FILE",
      file: join(base, "config.json"),
    });
    await baseConfig({ model_type: "mamba", num_attention_heads: 0 });
    await expect(exportGguf(out, adapter, { base })).rejects.toMatchObject({
      code: "E_CONFIG",
      problems: [
        expect.stringMatching(/^model_type: expected .*"qwen3".*, found "mamba"$/) as string,
        expect.stringContaining("num_attention_heads: ") as string,
      ],
    });
    await writeFile(join(base, "config.json"), "{");
    await expect(exportGguf(out, adapter, { base })).rejects.toMatchObject({ code: "E_CONFIG" });
    expect(await readdir(folder)).toEqual(["config.json"]);
  });

  it("name every layer that llama.cpp's adapters have no place for", async () => {
    await baseConfig({ model_type: "qwen3", ...heads });
    const adapter = await loadAdapter(fixture("qwen3"));
    const [module] = adapter.modules.values();
    const modules = new Map([...adapter.modules, ["lm_head", module!], ["model.layers.0.conv.in_proj", module!]]);
    await expect(exportGguf(out, { ...adapter, modules }, { base })).rejects.toMatchObject({
      code: "E_ADAPTER",
      problems: [
        expect.stringMatching(/^lm_head: expected model\.layers\.N\./) as string,
        expect.stringMatching(/^model\.layers\.0\.conv\.in_proj: /) as string,
      ],
    });
  });

  it("leave nothing where the file cannot be written", async () => {
    await baseConfig({ model_type: "qwen3", ...heads });
    const adapter = await loadAdapter(fixture("qwen3"));
    await expect(exportGguf(join(folder, "no", "x.gguf"), adapter, { base })).rejects.toMatchObject({
      code: "E_WRITE",
      file: join(folder, "no", "x.gguf"),
    });
    await expect(exportGguf(folder, adapter, { base })).rejects.toMatchObject({ code: "E_WRITE" });
    expect(await readdir(folder)).toEqual(["config.json"]);
  });
});
