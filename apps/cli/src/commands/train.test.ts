import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyModel } from "../__fixtures__/tiny-recipe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-train-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

async function writePairs(name: string, count: number): Promise<string> {
  const rows = Array.from({ length: count }, (_, i) => ({
    prompt: [{ role: "user", content: `Question ${i}` }],
    chosen: [{ role: "assistant", content: `Because ${i}` }],
    rejected: [{ role: "assistant", content: `No ${i % 3}` }],
    prompt_id: `q${i}`,
    chosen_model: "weak",
    rejected_model: "weaker",
  }));
  await writeFile(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return at(name);
}

const small = ["lora_r=2", "max_steps=2", "per_device_train_batch_size=2"];
const train = (data: readonly string[], ...settings: string[]) =>
  runPda(
    ...["train", "--base", tinyModel, "--out", at("out"), "--runtime", "onnx", "--threads", "1"],
    ...data.flatMap((path) => ["--data", path]),
    ...[...small, ...settings].flatMap((setting) => ["--set", setting]),
  );

describe("the loss", () => {
  test("is told, with a β that is its own", async () => {
    const { code, stderr } = await train([await writePairs("pairs.jsonl", 4)]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain("\nloss: sigmoid_norm, β 5 (its default)\n");
  });

  test("may be a mix", async () => {
    const mix = ["loss_type=[sigmoid, sft]", "loss_weights=[1, 0.2]", "beta=0.3"];
    const { code, stderr } = await train([await writePairs("pairs.jsonl", 4)], ...mix);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain("\nloss: 1·sigmoid + 0.2·sft, β 0.3\n");
  });

  test("is refused by name where its settings do not go together", async () => {
    const { code, stderr } = await train([at("pairs.jsonl")], "loss_type=aot", "use_weighting=true");
    expect(code).toBe(2);
    expect(stderr).toContain("use_weighting: expected false (pairs are mixed, or have one answer) for aot");
    const unknown = await train([at("pairs.jsonl")], "loss_type=sigmoids");
    expect(unknown.stderr).toMatch(/loss_type: expected sigmoid or sigmoid_norm or .* or orpo, found "?sigmoids/);
  });
});
