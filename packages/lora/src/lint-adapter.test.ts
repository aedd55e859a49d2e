import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lintAdapter } from "./lint-adapter.ts";
import { loadAdapter } from "./load-adapter.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`__fixtures__/${name}`, import.meta.url));
const verdicts = async (folder: string) =>
  Object.fromEntries((await lintAdapter(folder)).map(({ engine, verdict }) => [engine, verdict]));

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "lint-")), "adapter");
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

describe("lintAdapter", () => {
  it("finds PEFT's own adapter at odds with most engines, and its portable form with none", async () => {
    expect(await verdicts(fixture("qwen3"))).toEqual({
      peft: "ok",
      vllm: "wrong",
      sglang: "wrong",
      "llama.cpp": "wrong",
      lorax: "wrong",
      "tensorrt-llm": "wrong",
    });
    expect(await verdicts(fixture("portable"))).toEqual({
      peft: "ok",
      vllm: "ok",
      sglang: "ok",
      "llama.cpp": "needs",
      lorax: "ok",
      "tensorrt-llm": "ok",
    });
  });

  it("tells of what loadAdapter refuses", async () => {
    await cp(fixture("plain"), folder, { recursive: true });
    const path = join(folder, "adapter_config.json");
    const config = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...config, use_dora: true }));
    await expect(loadAdapter(folder)).rejects.toMatchObject({ code: "E_UNSUPPORTED" });
    expect(await verdicts(folder)).toMatchObject({ peft: "ok", vllm: "refused" });
  });

  it("names a folder without a config, or with another's", async () => {
    await cp(fixture("plain"), folder, { recursive: true });
    await writeFile(join(folder, "adapter_config.json"), "{}");
    await expect(lintAdapter(folder)).rejects.toMatchObject({ code: "E_CONFIG" });
    await rm(join(folder, "adapter_config.json"));
    await expect(lintAdapter(folder)).rejects.toMatchObject({ code: "E_FILE" });
  });
});
