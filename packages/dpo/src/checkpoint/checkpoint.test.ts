import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { initAdamW } from "../optimizer/adamw.ts";
import { loadCheckpoint, saveCheckpoint, type TrainingArrays } from "./checkpoint.ts";

const run = { base: "b", template: "t", data: "d", tokens: "k", config: "c", start: "s", runtime: "onnx" };
const at = (step: number) => ({ progress: { step, logBytes: 10 * step, tokens: 100 * step }, run });

/** Arrays of odd sizes and awkward values, or zeros. */
function arrays(fill: number): TrainingArrays {
  const parameters = new Map([
    ["m.lora_A.weight", Float32Array.of(fill, fill * 1e-40, -0)],
    ["m.lora_B.weight", Float32Array.of(fill / 3)],
  ]);
  const optimizer = initAdamW(parameters);
  for (const array of [...optimizer.first.values(), ...optimizer.second.values()]) array.fill(fill * 0.1);
  return { parameters, optimizer };
}

let outDir: string;
beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), "checkpoint-"));
});
afterEach(() => rm(outDir, { recursive: true }));

describe("checkpoints", () => {
  it("come back bit for bit", async () => {
    const saved = arrays(7);
    await saveCheckpoint(outDir, saved, at(3));
    const loaded = arrays(0);
    expect(await loadCheckpoint(outDir, loaded, run)).toEqual(at(3).progress);
    expect(loaded.parameters).toEqual(saved.parameters);
    expect(loaded.optimizer).toEqual({ ...saved.optimizer, step: 3 });
  });

  it("replace older ones, and nothing else", async () => {
    await writeFile(join(outDir, "trainer_log.jsonl"), "");
    for (const step of [2, 10, 11]) await saveCheckpoint(outDir, arrays(step), at(step));
    expect((await readdir(outDir)).toSorted()).toEqual(["checkpoint-11", "trainer_log.jsonl"]);
  });

  it("are absent where none was written; what a kill left is removed", async () => {
    await mkdir(join(outDir, ".checkpoint-4.tmp"));
    await writeFile(join(outDir, ".checkpoint-4.tmp", "state.json"), "{");
    expect(await loadCheckpoint(outDir, arrays(0), run)).toBeUndefined();
    expect(await readdir(outDir)).toEqual([]);
  });

  it("are read from the newest, where a kill left two", async () => {
    const other = await mkdtemp(join(tmpdir(), "checkpoint-"));
    await saveCheckpoint(outDir, arrays(1), at(9));
    await saveCheckpoint(other, arrays(2), at(10));
    await mkdir(join(outDir, "checkpoint-10"));
    for (const file of await readdir(join(other, "checkpoint-10"))) {
      await writeFile(join(outDir, "checkpoint-10", file), await readFile(join(other, "checkpoint-10", file)));
    }
    await rm(other, { recursive: true });
    expect(await loadCheckpoint(outDir, arrays(0), run)).toMatchObject({ step: 10 });
  });
});

describe("refuses", () => {
  beforeEach(() => saveCheckpoint(outDir, arrays(1), at(5)));

  it("a checkpoint of another run, naming all that differs", async () => {
    const other = { ...run, data: "other", config: "changed" };
    await expect(loadCheckpoint(outDir, arrays(0), other)).rejects.toMatchObject({
      code: "E_CHECKPOINT_MISMATCH",
      message: expect.stringMatching(
        /checkpoint-5.state\.json: [\s\S]*data — expected other, got d\nconfig — expected changed, got c$/,
      ) as string,
    });
  });

  it("a state that is not one", async () => {
    await writeFile(join(outDir, "checkpoint-5", "state.json"), '{"step": -1}');
    await expect(loadCheckpoint(outDir, arrays(0), run)).rejects.toMatchObject({
      code: "E_CHECKPOINT",
      message: expect.stringMatching(/state\.json: expected the state of a checkpoint, got [\s\S]*step/) as string,
    });
  });

  it("a truncated file of tensors", async () => {
    await truncate(join(outDir, "checkpoint-5", "training.safetensors"), 200);
    await expect(loadCheckpoint(outDir, arrays(0), run)).rejects.toMatchObject({
      code: "E_CHECKPOINT",
      message: expect.stringContaining("training.safetensors") as string,
    });
  });

  it("tensors of another adapter, naming all", async () => {
    const other = arrays(0);
    const parameters = new Map([...other.parameters, ["n.lora_A.weight", new Float32Array(2)] as const]);
    await expect(loadCheckpoint(outDir, { parameters, optimizer: initAdamW(parameters) }, run)).rejects.toMatchObject({
      code: "E_CHECKPOINT",
      message: expect.stringMatching(
        /parameter\.n\.lora_A\.weight — expected F32 \[2\], got nothing\nfirst\.n[\s\S]*second\.n/,
      ) as string,
    });
  });
});
