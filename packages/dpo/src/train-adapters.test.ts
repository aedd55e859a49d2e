import { join } from "node:path";
import { loadAdapter } from "@prefdelta/lora/node";
import { describe, expect, it } from "vitest";
import { tinyPairs } from "./__fixtures__/tiny-model.ts";
import { tinyRuns } from "./__fixtures__/tiny-runs.ts";

const { model, folderOf, train, logOf } = tinyRuns();

describe("trainDpo, by what is trained and against what", () => {
  it("trains maps of a lower rank among others as it trains them alone", async () => {
    // The patterns leave no map with the settings' own rank and alpha: rank 2, scale 3.
    const patterns = { lora_r: 5, lora_alpha: 1, rank_pattern: { ".*_proj": 2 }, alpha_pattern: { ".*_proj": 6 } };
    await train("patterns", {}, patterns);
    await train("plain", {}, { lora_r: 2, lora_alpha: 6 });
    const [patterned, plain] = [
      await loadAdapter(join(folderOf("patterns"), "adapter")),
      await loadAdapter(join(folderOf("plain"), "adapter")),
    ];
    for (const [module, { A, B }] of plain.modules) {
      const found = patterned.modules.get(module)!;
      expect(found.A).toBeAllClose(A, { rtol: 1e-4, atol: 1e-5 });
      expect(found.B).toBeAllClose(B, { rtol: 1e-3, atol: 1e-4 });
    }
  });

  it("drops inputs by the order's seed, in training steps alone", async () => {
    const changes = {
      lora_dropout: 0.4,
      eval_strategy: "steps",
      eval_steps: 1,
      warmup_ratio: 1,
      max_steps: 2,
    } as const;
    const evaluationPairs = tinyPairs(3);
    const initialAdapter = await loadAdapter((await train("first")).adapterDir);
    const start = { evaluationPairs, initialAdapter };
    for (const [name, own] of Object.entries({ plain: { lora_dropout: 0 }, dropped: {}, other: { seed: 7 } })) {
      await train(name, start, { ...changes, ...own });
    }
    const [plain, dropped, other] = [await logOf("plain"), await logOf("dropped"), await logOf("other")];
    // The first step's learning rate is 0: all three still have the factors that they began with.
    expect(Math.abs(dropped[0]!["loss"]! - plain[0]!["loss"]!)).toBeGreaterThan(1e-3);
    expect(Math.abs(other[0]!["loss"]! - dropped[0]!["loss"]!)).toBeGreaterThan(1e-3);
    expect(dropped[1]!["eval_loss"]).toBe(plain[1]!["eval_loss"]);
  });

  it("trains magnitudes for DoRA, from those of the base's rows, and writes them as PEFT does", async () => {
    const start = await loadAdapter(
      (await train("start", {}, { use_dora: true, warmup_ratio: 1, max_steps: 1 })).adapterDir,
      {
        dora: true,
      },
    );
    const module = "model.layers.1.mlp.up_proj"; // 32 × 16
    const weight = model().weights.get(`${module}.weight`)!.data as Float32Array;
    const norms = Array.from({ length: 32 }, (_, row) => Math.hypot(...weight.subarray(row * 16, (row + 1) * 16)));
    expect(start.modules.get(module)!.magnitude).toBeAllClose(norms, { rtol: 1e-6 });

    const { adapterDir } = await train("dora", {}, { use_dora: true, max_steps: 12 });
    expect((await logOf("dora")).at(-1)!["loss"]).toBeLessThan(0.5 * Math.LN2);
    const initialAdapter = await loadAdapter(adapterDir, { dora: true });
    expect(initialAdapter.modules.get(module)!.magnitude).not.toBeAllClose(norms, { rtol: 1e-3 });
    await train("further", { initialAdapter }, { use_dora: true, lora_alpha: 8, reference: "initial_adapter" });
    expect((await logOf("further"))[0]!["rewards/margins"]).toBeCloseTo(0, 4);
    await expect(train("plain", { initialAdapter })).rejects.toMatchObject({
      code: "E_INITIAL_ADAPTER",
      message: "initial adapter — expected no DoRA, as use_dora says, got magnitudes",
    });
  });

  it("lets B learn faster than A for LoRA+", async () => {
    const first = { max_steps: 1, warmup_ratio: 0, max_grad_norm: 0, lr_scheduler_type: "constant" } as const;
    await train("plain", {}, first);
    await train("plus", {}, { ...first, loraplus_lr_ratio: 4 });
    const [plain, plus] = [
      await loadAdapter(join(folderOf("plain"), "adapter")),
      await loadAdapter(join(folderOf("plus"), "adapter")),
    ];
    for (const [module, { A, B }] of plain.modules) {
      expect(plus.modules.get(module)!.A).toEqual(A);
      expect(plus.modules.get(module)!.B).toBeAllClose(
        B.map((b) => 4 * b),
        { rtol: 1e-5, atol: 1e-8 },
      );
    }
  });

  it("goes on from a given adapter, measured against the base", async () => {
    const { adapterDir } = await train("first");
    const initialAdapter = await loadAdapter(adapterDir);
    const second = await train("second", { initialAdapter }, { lora_alpha: 8 });
    expect((await loadAdapter(second.adapterDir)).metadata.get("reference")).toBe("base");
    const [before, after] = [await logOf("first"), await logOf("second")];
    expect(after[0]!["rewards/margins"]).toBeGreaterThan(before[0]!["rewards/margins"]! + 0.01);
    await expect(train("third", { initialAdapter }, { lora_r: 3 })).rejects.toMatchObject({
      code: "E_INITIAL_ADAPTER",
      message: "initial adapter — expected rank 3, as lora_r says, got 2",
    });
  });

  it("is measured against the adapter it goes on from, where the settings say so", async () => {
    const initialAdapter = await loadAdapter((await train("first")).adapterDir);
    const changes = { lora_alpha: 8, reference: "initial_adapter" } as const;
    const { adapterDir } = await train("stacked", { initialAdapter }, changes);
    const log = await logOf("stacked");
    expect(log[0]!["loss"]).toBeCloseTo(Math.LN2, 5); // policy and reference are the same
    expect(log[0]!["rewards/margins"]).toBeCloseTo(0, 4);
    expect(log.at(-1)!["rewards/margins"]).toBeGreaterThan(0.01);
    const { metadata } = await loadAdapter(adapterDir);
    expect(metadata.get("reference")).toBe("initial_adapter");
    expect(metadata.get("reference_adapter_sha256")).toMatch(/^[0-9a-f]{64}$/);
    await expect(train("fresh", {}, changes)).rejects.toMatchObject({
      code: "E_CONFIG",
      message: "reference — expected base for a run from fresh factors, got initial_adapter",
    });
  });
});
