import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createRuntime } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";
import { describe, expect, it } from "vitest";
import { runOutput } from "./__fixtures__/run-output.ts";
import { tinyModel, tinyPairs } from "./__fixtures__/tiny-model.ts";
import { tinyRuns } from "./__fixtures__/tiny-runs.ts";
import type { DpoConfigInput } from "./config.ts";

const { folderOf, train, logOf } = tinyRuns();
const outputOf = (name: string) => runOutput(folderOf(name));

/** Stops a run by its signal once a step is done. */
async function stopAfter(name: string, step: number, changes: DpoConfigInput = {}): Promise<void> {
  const controller = new AbortController();
  const stopped = train(
    name,
    { signal: controller.signal, onStep: (progress) => progress.step === step && controller.abort() },
    changes,
  );
  await expect(stopped).rejects.toMatchObject({
    code: "E_ABORTED",
    message: `stopped after step ${step} of 6; the same call goes on from here`,
  });
}

describe("trainDpo", () => {
  it("lowers the loss, widens the margins, and logs TRL's metrics", async () => {
    const result = await train("run", {}, { max_steps: 12 });
    expect(result).toEqual({
      adapterDir: join(folderOf("run"), "adapter"),
      steps: 12,
      resumedFrom: 0,
      counts: { given: 8, kept: 8, tooLong: 0, empty: 0, cut: 0 },
      verdicts: [],
    });
    const log = await logOf("run");
    expect(log.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    // B is zero: policy and reference agree, up to rounding in two different graphs.
    expect(log[0]!["loss"]).toBeCloseTo(Math.LN2, 5);
    expect(log.at(-1)!["loss"]).toBeLessThan(0.5 * Math.LN2);
    expect(log.at(-1)!["rewards/margins"]).toBeGreaterThan(0);
    expect(log.at(-1)!["rewards/accuracies"]).toBe(1);
    expect(Object.keys(log[0]!).toSorted()).toEqual([
      "entropy",
      "epoch",
      "grad_norm",
      "learning_rate",
      "logits/chosen",
      "logits/rejected",
      "logps/chosen",
      "logps/rejected",
      "loss",
      "mean_token_accuracy",
      "num_tokens",
      "rewards/accuracies",
      "rewards/chosen",
      "rewards/margins",
      "rewards/rejected",
      "rewards_per_token/accuracies",
      "rewards_per_token/chosen",
      "rewards_per_token/margins",
      "rewards_per_token/rejected",
      "step",
    ]);
    expect(log.map(({ epoch }) => epoch)).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6]);
    expect(log[1]!["num_tokens"]! * 6).toBe(log.at(-1)!["num_tokens"]);
  });

  it("writes an adapter that says where it comes from", async () => {
    const { adapterDir } = await train("run", { baseModel: "org/tiny" }, { max_steps: 1, lora_alpha: 4, a0_seed: 9 });
    const adapter = await loadAdapter(adapterDir);
    expect(adapter.baseModel).toBe("org/tiny");
    expect(adapter.modules.size).toBe(2 * 7);
    expect(Object.fromEntries(adapter.metadata)).toMatchObject({
      base_sha256: "tiny",
      data_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      config_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      a0_seed: "9",
      loss: "sigmoid_norm",
      beta: "5",
      steps: "1",
    });
  });

  it("starts every adapter from the same A₀, whatever the order's seed and the pairs", async () => {
    // Warm-up: the first step's learning rate is 0.
    const start = { max_steps: 1, warmup_ratio: 1 };
    const one = await loadAdapter((await train("one", {}, { ...start, seed: 1 })).adapterDir);
    const two = await loadAdapter((await train("two", { pairs: tinyPairs(3) }, { ...start, seed: 2 })).adapterDir);
    const other = await loadAdapter((await train("other", {}, { ...start, a0_seed: 1 })).adapterDir);
    const module = "model.layers.1.mlp.up_proj";
    expect(two.modules.get(module)).toEqual(one.modules.get(module));
    expect(other.modules.get(module)!.A).not.toEqual(one.modules.get(module)!.A);
    expect(one.modules.get(module)!.B.every((b) => b === 0)).toBe(true);
  });

  it("gives micro-batches the gradient of one batch", async () => {
    await train("together", {}, { per_device_train_batch_size: 4, gradient_accumulation_steps: 1 });
    await train("apart", {}, { per_device_train_batch_size: 1, gradient_accumulation_steps: 4 });
    const [together, apart] = [await logOf("together"), await logOf("apart")];
    for (const name of ["loss", "grad_norm", "rewards/margins"]) {
      // Steps feed on each other, so rounding grows; batches of other shapes sum in another order.
      expect(apart.map((row) => row[name]!)).toBeAllClose(
        together.map((row) => row[name]!),
        { rtol: 2e-3, atol: 1e-4 },
      );
    }
  });

  it("trains on the chosen answers alone, without a reference", async () => {
    await train("sft", {}, { loss_type: "sft", max_steps: 12 });
    const log = await logOf("sft");
    expect(log.at(-1)!["loss"]).toBeLessThan(log[0]!["loss"]! - 0.3);
    expect(log[0]!["loss"]).toBeCloseTo(-log[0]!["logps/chosen"]! / 5.8, 0); // answers have 5 to 7 tokens
    expect(Object.keys(log[0]!).filter((name) => /rejected|rewards/.test(name))).toEqual([]);
    expect(await readdir(folderOf("sft"))).not.toContain("reference");
  });

  it.each<[string, DpoConfigInput]>([
    ["a mix", { loss_type: ["sigmoid", "sft"], loss_weights: [1, 0.5] }],
    ["LD-DPO with WPO's weights", { loss_type: "sigmoid", ld_alpha: 0.5, use_weighting: true }],
    ["a loss that sorts the batch", { loss_type: "aot", beta: 0.5 }],
    ["a loss without reference", { loss_type: "orpo" }],
  ])("trains on %s", async (name, changes) => {
    const { adapterDir } = await train(name, {}, { ...changes, max_steps: 12 });
    const log = await logOf(name);
    expect(log.at(-1)!["loss"]).toBeLessThan(log[0]!["loss"]! - 0.01);
    expect(log.at(-1)!["rewards/margins"]).toBeGreaterThan(log[0]!["rewards/margins"]!);
    const metadata = Object.fromEntries((await loadAdapter(adapterDir)).metadata);
    expect(metadata["loss"]).toBe(name === "a mix" ? "1·sigmoid + 0.5·sft" : changes.loss_type);
  });

  it("reports its progress", async () => {
    const steps: number[] = [];
    const references: number[] = [];
    await train("run", {
      onStep: ({ step, totalSteps, metrics }) => steps.push(step, totalSteps, metrics["step"]!),
      onReference: (done, total) => references.push(done, total),
    });
    expect(steps.slice(0, 6)).toEqual([1, 6, 1, 2, 6, 2]);
    expect(references.slice(-2)).toEqual([8, 8]);
  });
});

describe("again with the same inputs", () => {
  it("two runs end with the same bytes", async () => {
    await train("one");
    await train("two");
    expect(await outputOf("two")).toEqual(await outputOf("one"));
  });

  it.each([
    [1, { lora_dropout: 0.2 }],
    [4, { use_dora: true }],
    [2, { use_dora: true, lora_dropout: 0.2 }],
  ] as const)("a run stopped after step %d goes on and ends with the same bytes: %o", async (step, changes) => {
    await train("whole", {}, changes);
    await stopAfter("stopped", step, changes);
    expect(await readdir(folderOf("stopped"))).not.toContain("adapter");
    expect(await train("stopped", {}, changes)).toMatchObject({ resumedFrom: step });
    expect(await outputOf("stopped")).toEqual(await outputOf("whole"));
  });

  it("a run that died between checkpoints repeats its last steps and ends with the same bytes", async () => {
    await train("whole");
    const dies = train("killed", {
      onStep: ({ step }) => {
        if (step === 5) throw new Error("killed"); // after the log's line, before any checkpoint of step 5
      },
    });
    await expect(dies).rejects.toThrow("killed");
    expect(await logOf("killed")).toHaveLength(5);
    expect(await train("killed")).toMatchObject({ resumedFrom: 4 });
    expect(await outputOf("killed")).toEqual(await outputOf("whole"));
  });

  it("a finished run trains no more and leaves the same bytes", async () => {
    await train("run");
    const before = await outputOf("run");
    const steps: number[] = [];
    expect(await train("run", { onStep: ({ step }) => steps.push(step) })).toMatchObject({ resumedFrom: 6 });
    expect(steps).toEqual([]);
    expect(await outputOf("run")).toEqual(before);
  });

  it("an aborted signal stops a run before it begins", async () => {
    await expect(train("run", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "E_ABORTED" });
    expect(await train("run")).toMatchObject({ resumedFrom: 0 });
  });

  it("how often checkpoints are written changes nothing, and may change", async () => {
    await train("whole");
    await stopAfter("stopped", 3);
    await train("stopped", {}, { save_steps: 100 });
    expect(await outputOf("stopped")).toEqual(await outputOf("whole"));
  });

  it.each([
    ["other settings", {}, { learning_rate: 0.01 }, /config — expected/],
    ["other pairs", { pairs: tinyPairs(9) }, {}, /data — expected [\s\S]*tokens — expected/],
    ["another A₀", {}, { a0_seed: 3 }, /config — expected [\s\S]*start — expected/],
  ] as const)("%s are not mixed with a checkpoint", async (...[, options, changes, message]) => {
    await stopAfter("run", 2);
    await expect(train("run", options, changes)).rejects.toMatchObject({
      code: "E_CHECKPOINT_MISMATCH",
      message: expect.stringMatching(message) as string,
    });
    expect(await train("run")).toMatchObject({ resumedFrom: 2 });
  });
});

describe("bad input", () => {
  it("no pair short enough", async () => {
    await expect(train("run", {}, { max_length: 5 })).rejects.toMatchObject({
      code: "E_NO_PAIRS",
      message: expect.stringContaining('"tooLong":8') as string,
    });
  });

  it("a loss that is not a number stops the run and keeps the last checkpoint", async () => {
    const run = train("run", {}, { learning_rate: 1e30, weight_decay: 0, warmup_ratio: 0, save_steps: 1 });
    await expect(run).rejects.toMatchObject({
      code: "E_NON_FINITE",
      message: expect.stringMatching(
        /^step 2: loss — expected a finite number, got NaN;.*pair-\d, pair-\d, pair-\d, pair-\d$/,
      ) as string,
    });
    expect(await readdir(folderOf("run"))).toContain("checkpoint-1");
    expect(await logOf("run")).toHaveLength(1);
  });
});

describe("the engine", () => {
  it.each([
    ["layer by layer", "onnx", { mode: "layerwise" }, {}],
    ["layer by layer with dropout", "onnx", { mode: "layerwise" }, { lora_dropout: 0.1 }],
    ["layer by layer as DoRA", "onnx", { mode: "layerwise" }, { use_dora: true }],
    ["layer by layer as DoRA with dropout", "onnx", { mode: "layerwise" }, { use_dora: true, lora_dropout: 0.1 }],
    ["op by op with dropout", "cpu", {}, { lora_dropout: 0.1 }],
  ] as const)("%s gives the same run", async (...[name, runtime, engine, changes]) => {
    await train("whole", { engine: { mode: "whole" } }, changes);
    const other = tinyModel(await createRuntime(runtime));
    await train(name, { lm: other, engine }, changes);
    await other.dispose();
    const [expected, found] = [await logOf("whole"), await logOf(name)];
    for (const metric of Object.keys(expected[0]!)) {
      // Rounding of float32 sums in another order, through six steps that feed on each other.
      const values = (log: typeof found): number[] => log.map((row) => row[metric]!);
      expect(values(found), metric).toBeAllClose(values(expected), { rtol: 2e-3, atol: 1e-4 });
    }
  });
});
