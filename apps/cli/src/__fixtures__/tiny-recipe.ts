import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { stringify } from "yaml";

/** A random two-layer Qwen3 with tokenizer, template and an adapter; made by tooling/peers for causal-lm. */
export const tinyModel = fileURLToPath(
  new URL("../../../../packages/causal-lm/src/__fixtures__/tiny-qwen3", import.meta.url),
);
export const tinyAdapter = join(tinyModel, "adapter");

const skills = ["a", "b"] as const;

function items(label: string, count: number): string {
  const rows = Array.from({ length: count }, (_, i) => ({
    id: `${label}-${i}`,
    prompt: [{ role: "user", content: `What is ${label} ${i}?` }],
    answers: [`${i}`],
    cluster: `c${i % 3}`,
  }));
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** The smallest recipe that has every part: two pairs, two controls, a searched and a plain merge, dev and eval items. */
export const tinyRecipe = {
  name: "tiny",
  seed: 3,
  runtime: { name: "onnx", threads: 1 },
  base: tinyModel,
  answers: { max_new_tokens: 6, batch_size: 4 },
  search: { corpus: "passages.jsonl" },
  pairs: Object.fromEntries(
    skills.map((skill) => [
      skill,
      {
        prompts: `${skill}.dpo.jsonl`,
        chosen: { model: tinyModel },
        rejected: { model: tinyModel, temperature: 1 },
      },
    ]),
  ),
  train: { lora_r: 2, learning_rate: 1e-3, max_steps: 6, per_device_train_batch_size: 4, save_steps: 2 },
  controls: { joint: { train: { max_steps: 8 } }, sft: { train: { max_steps: 8, loss_type: "sft" } } },
  merge: {
    sum: { method: "task_arithmetic", scale: { search: [1, 0.5], on: "dev" } },
    gam: { method: "gam", gate: "angle", adapters: ["b", "a"] },
  },
  eval: {
    draws: 100,
    skills: Object.fromEntries(skills.map((skill) => [skill, { dev: `${skill}.dev.jsonl`, eval: `${skill}.eval.jsonl` }])),
  },
};

/** Writes the recipe, changed as asked, with the files it names; returns its path. */
export async function writeTinyRecipe(folder: string, changes: Partial<Record<keyof typeof tinyRecipe, unknown>> = {}) {
  for (const skill of skills) {
    for (const [split, count] of [["dpo", 8], ["dev", 4], ["eval", 6]] as const) {
      const label = `${skill}.${split}`;
      await writeText(join(folder, `${label}.jsonl`), items(label, count));
    }
  }
  await writeText(join(folder, "passages.jsonl"), `${JSON.stringify({ id: "1", contents: "a\nthe first letter" })}\n`);
  const path = join(folder, "recipe.yaml");
  await writeText(path, stringify({ ...tinyRecipe, ...changes }, { aliasDuplicateObjects: false }));
  return path;
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
