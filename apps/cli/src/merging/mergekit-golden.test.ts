import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { deltaWeight } from "@prefdelta/lora";
import { loadAdapter } from "@prefdelta/lora/node";
import { afterAll, beforeAll, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    /** mergekit's YAML; `{base}`, `{a}` and `{b}` stand for folders. */
    readonly config: string;
    /** Of each layer, some entries of what mergekit moved it by. */
    readonly moved: Readonly<
      Record<string, { readonly entries: readonly number[]; readonly values: readonly number[] }>
    >;
  }[];
}

// Made by tooling/peers/mergekit_golden.py: mergekit 0.1.5 on whole models.
const golden = JSON.parse(await readFile(new URL("../__fixtures__/mergekit.json", import.meta.url), "utf8")) as Golden;
const folders = {
  base: tinyModel,
  a: tinyAdapter,
  b: fileURLToPath(new URL("../../../../packages/lora/src/__fixtures__/qwen3", import.meta.url)),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-mergekit-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(golden.cases)(
  "its own YAML merges as mergekit merges whole models: $name",
  async ({ name, config, moved }) => {
    const [file, out] = [join(folder, `${name}.yaml`), join(folder, name)];
    let text = config;
    for (const [key, path] of Object.entries(folders)) text = text.replaceAll(`{${key}}`, path);
    await writeFile(file, text);
    // Of full rank: methods on entries lose nothing.
    expect(await runPda("merge", "--config", file, "--rank", "64", "--out", out)).toMatchObject({
      code: 0,
      stderr: "",
    });
    const { modules } = await loadAdapter(out);
    expect(Object.keys(moved).length).toBe(14);
    for (const [path, { entries, values }] of Object.entries(moved)) {
      const module = modules.get(path);
      const delta = module === undefined ? new Float32Array(64 * 128) : deltaWeight(module);
      // mergekit adds to the base in float32 and takes it off again.
      expect(
        entries.map((entry) => delta[entry]!),
        path,
      ).toBeAllClose([...values], { rtol: 1e-5, atol: 5e-7 });
    }
  },
);
