import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createRuntime, loadCausalLm, loraFromAdapter, score } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

/** An adapter of PEFT's on tiny-qwen3: rslora, patterns, exclusions; made by tooling/peers/lora_golden.py. */
const peftAdapter = fileURLToPath(new URL("../../../../packages/lora/src/__fixtures__/qwen3", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-export-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

describe("export --to portable", () => {
  test("keeps PEFT's log-probs of every next token, as loaded and as exported", async () => {
    const { code, stdout } = await runPda("export", peftAdapter, "--to", "portable", "--out", at("p"), "--json");
    expect({ code, json: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      json: { portable: at("p"), modules: 13, dtype: "F32" },
    });
    const config = JSON.parse(await readFile(join(at("p"), "adapter_config.json"), "utf8")) as object;
    expect(config).toMatchObject({ r: 4, lora_alpha: 4, use_rslora: false, rank_pattern: {}, task_type: "CAUSAL_LM" });

    const lm = await loadCausalLm(tinyModel, { runtime: await createRuntime("onnx") });
    const text = await readFile(join(peftAdapter, "log_probs.json"), "utf8");
    const golden = JSON.parse(text) as { ids: number[]; logProbs: number[] }[];
    for (const source of [peftAdapter, at("p")]) {
      const lora = loraFromAdapter(lm.config, await loadAdapter(source));
      for (const { ids, logProbs } of golden) {
        const completions = logProbs.map((_, token) => ({ ids: [token], mask: [1] }));
        const found = (await score(lm, [{ prompt: ids, completions }], { lora })).logProbs;
        // The bar is 1e-4, on values down to −12; without the adapter they differ by up to 5.
        expect(found).toBeAllClose(logProbs, { rtol: 0, atol: 2e-5 });
      }
    }
    await lm.dispose();
  });

  test("rounds to the dtype that is asked for", async () => {
    await runPda("export", peftAdapter, "--to", "portable", "--out", at("p"), "--dtype", "BF16");
    expect(await readFile(join(at("p"), "README.md"), "utf8")).toContain("| dtype | BF16 |");
    const [exported, source] = [await loadAdapter(at("p")), await loadAdapter(peftAdapter)];
    for (const [path, { A }] of source.modules) {
      expect(exported.modules.get(path)!.A.subarray(0, A.length)).toBeAllClose(A, { rtol: 2 ** -8, atol: 0 });
    }
  });
});

describe("export --to gguf", () => {
  const gguf = (...more: string[]) => runPda("export", peftAdapter, "--to", "gguf", "--out", at("x.gguf"), ...more);

  test("writes one file, the same each time", async () => {
    expect(await gguf("--base", tinyModel, "--dtype", "F16")).toMatchObject({
      code: 0,
      stdout: `13 modules in F16 → ${at("x.gguf")}\n`,
    });
    const first = await readFile(at("x.gguf"));
    expect(first.subarray(0, 4).toString()).toBe("GGUF");
    await gguf("--base", tinyModel, "--dtype", "F16");
    expect(Buffer.compare(await readFile(at("x.gguf")), first)).toBe(0);
    expect(await readdir(folder)).toEqual(["x.gguf"]);
  });

  test("takes the base that the adapter names where it is a folder, else asks for one", async () => {
    expect(await gguf()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("the adapter names tiny-qwen3, which is no folder here") as string,
    });
    await cp(peftAdapter, at("a"), { recursive: true });
    const path = join(at("a"), "adapter_config.json");
    const config = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...config, base_model_name_or_path: tinyModel }));
    expect(await runPda("export", at("a"), "--to", "gguf", "--out", at("x.gguf"))).toMatchObject({ code: 0 });
  });
});

test("what cannot be exported is told by name, with nothing written", async () => {
  expect(await runPda("export", tinyAdapter, "--to", "ggml", "--out", at("x"))).toMatchObject({
    code: 2,
    stderr: 'pda: --to: expected one of portable, gguf, found "ggml"; did you mean "gguf"? [E_USAGE]\n',
  });
  expect(await runPda("export", tinyAdapter, "--to", "gguf", "--out", at("x"), "--base", folder)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${join(folder, "config.json")}: expected the base model's config`) as string,
  });
  expect(await readdir(folder)).toEqual([]);
});
