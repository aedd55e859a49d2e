import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createLossStep, loraFromAdapter } from "@prefdelta/causal-lm";
import { loadAdapter } from "@prefdelta/lora/node";
import { describe, expect, it } from "vitest";
import { tinyPairs } from "./__fixtures__/tiny-model.ts";
import { tinyRuns } from "./__fixtures__/tiny-runs.ts";
import { type DpoConfigInput, parseDpoConfig } from "./config.ts";
import { batchRows } from "./data/batch-rows.ts";
import { encodePairs } from "./data/encode-pairs.ts";
import { microBatchMetrics } from "./log/step-metrics.ts";
import { createLoss } from "./losses/create-loss.ts";
import { losses } from "./losses/losses.ts";
import { referenceLogProbs } from "./reference/reference-log-probs.ts";
import type { TrainOptions } from "./train.ts";

const { model, folderOf, train: trainTiny, logOf } = tinyRuns();

const settings: DpoConfigInput = {
  per_device_train_batch_size: 3,
  gradient_accumulation_steps: 1,
  lr_scheduler_type: "linear",
  warmup_ratio: 0,
  eval_strategy: "steps",
  eval_steps: 2,
};

const train = (name: string, changes: DpoConfigInput = {}, options: Partial<TrainOptions> = {}) => {
  const pairs = { pairs: tinyPairs(8).slice(0, 6), evaluationPairs: tinyPairs(8).slice(6) };
  return trainTiny(name, { ...pairs, ...options }, { ...settings, ...changes });
};

const weightsOf = (name: string) => readFile(join(folderOf(name), "adapter", "adapter_model.safetensors"));

describe("evaluation", () => {
  it("measures the adapter as it then is, on pairs of their own", async () => {
    const { adapterDir, evaluation, counts } = await train("run");
    expect(counts.kept).toBe(6);
    expect(evaluation).toMatchObject({ counts: { given: 2, kept: 2 } });
    const rows = (await logOf("run")).filter((row) => row["eval_loss"] !== undefined);
    expect(rows.map((row) => row["step"])).toEqual([2, 4, 6]);

    // The last one, by a step that also differentiates.
    const lm = model();
    const { pairs } = encodePairs(lm.tokenizer, tinyPairs(8).slice(6), { maxLength: null, maskObservations: true });
    const inputs = batchRows(pairs, true);
    const reference = await referenceLogProbs(lm, inputs, { folder: folderOf("reference") });
    const loss = createLoss(losses.sigmoid_norm, { beta: 5 });
    const lora = loraFromAdapter(lm.config, await loadAdapter(adapterDir));
    const { outputs, tokens } = await createLossStep(lm, loss).run({ rows: inputs, lora, extras: { reference } });
    const expected = microBatchMetrics({ loss: outputs["loss"]![0]!, tokens, reference, sides: 2, beta: 5 });
    for (const [name, value] of Object.entries(expected)) {
      expect([rows[2]![`eval_${name}`]!], name).toBeAllClose([value], { rtol: 1e-4, atol: 1e-5 });
    }
  });

  it("takes the loss over pairs, other metrics over batches, however pairs are batched", async () => {
    const evaluationPairs = tinyPairs(5);
    await train("together", { per_device_eval_batch_size: 5 }, { evaluationPairs });
    await train("apart", { per_device_eval_batch_size: 2 }, { evaluationPairs });
    const [together, apart] = [(await logOf("together")).at(-1)!, (await logOf("apart")).at(-1)!];
    expect([apart["eval_loss"]!]).toBeAllClose([together["eval_loss"]!], { rtol: 1e-4 });
    expect(apart["eval_rewards/margins"]).not.toBeCloseTo(together["eval_rewards/margins"]!, 6); // 2, 2 and 1 pairs
  });

  it("sets pairs aside, and then learns from the others alone", async () => {
    const result = await train("run", { val_size: 0.25 }, { pairs: tinyPairs(8), evaluationPairs: undefined });
    expect(result).toMatchObject({ counts: { given: 6, kept: 6 }, evaluation: { counts: { given: 2, kept: 2 } } });
  });

  it("comes after each epoch, and after the last step, where that is asked for", async () => {
    await train("run", { eval_strategy: "epoch", max_steps: 5 }); // two steps an epoch
    const steps = (await logOf("run")).filter((row) => "eval_loss" in row).map((row) => row["step"]);
    expect(steps).toEqual([2, 4, 5]);
  });

  it("changes nothing about what is learned", async () => {
    await train("with");
    await train("without", { eval_strategy: "no" }, { evaluationPairs: undefined });
    const [one, two] = await Promise.all(
      ["with", "without"].map(async (name) => (await loadAdapter(join(folderOf(name), "adapter"))).modules),
    );
    expect(one).toEqual(two);
  });
});

describe("the best evaluation", () => {
  // A learning rate that overshoots: the first evaluation is the best.
  const wild: DpoConfigInput = { learning_rate: 0.3, lr_scheduler_type: "constant", load_best_model_at_end: true };

  it("gives the adapter, if it is asked for", async () => {
    const best: DpoConfigInput = { ...wild, metric_for_best_model: "eval_rewards/margins", greater_is_better: false };
    const { evaluation, adapterDir } = await train("run", best);
    const rows = (await logOf("run")).filter((row) => "eval_loss" in row);
    const worst = Math.min(...rows.map((row) => row["eval_rewards/margins"]!));
    const { step, value } = evaluation!.best;
    expect(value).toBe(worst);
    expect(rows.find((row) => row["step"] === step)!["eval_rewards/margins"]).toBe(worst);
    expect(Object.fromEntries((await loadAdapter(adapterDir)).metadata)["best_step"]).toBe(String(step));

    await train("short", { ...best, max_steps: step, load_best_model_at_end: false });
    const [modules, expected] = await Promise.all(
      ["run", "short"].map(async (name) => (await loadAdapter(join(folderOf(name), "adapter"))).modules),
    );
    expect(modules).toEqual(expected);
  });

  it("ends the run once later ones bring nothing, and a finished run stays finished", async () => {
    const patience: DpoConfigInput = { ...wild, early_stopping_patience: 2, early_stopping_threshold: 1e6 };
    expect(await train("run", { ...patience, max_steps: 40 })).toMatchObject({ steps: 6, resumedFrom: 0 });
    const before = await weightsOf("run");
    expect(await train("run", { ...patience, max_steps: 40 })).toMatchObject({ steps: 6, resumedFrom: 6 });
    expect((await weightsOf("run")).equals(before)).toBe(true);
  });

  it("is found again after a stop: the same bytes", async () => {
    await train("whole", wild);
    const controller = new AbortController();
    const stopped = train("stopped", wild, {
      signal: controller.signal,
      onStep: ({ step }) => step === 5 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "E_ABORTED" });
    expect(await train("stopped", wild)).toMatchObject({ resumedFrom: 5 });
    expect((await weightsOf("stopped")).equals(await weightsOf("whole"))).toBe(true);
    expect(await logOf("stopped")).toEqual(await logOf("whole"));
  });
});

describe("writers", () => {
  it("get every row of the log", async () => {
    const rows: Record<string, number>[] = [];
    const writer = { write: (row: Record<string, number>) => void rows.push(row), close: () => {} };
    await train("run", {}, { writers: [writer] });
    expect(rows).toEqual(await logOf("run"));
  });
});

it("says at the end what the curves say", async () => {
  const { verdicts } = await train("run", { learning_rate: 1e-9, max_steps: 12, eval_steps: 12 });
  expect(verdicts.map(({ name }) => name)).toContain("loss_stands");
});

it.each<[string, DpoConfigInput, Partial<TrainOptions>, RegExp]>([
  ["an evaluation without pairs", {}, { evaluationPairs: undefined }, /eval_strategy steps — expected pairs/],
  [
    "pairs without an evaluation",
    { eval_strategy: "no" },
    {},
    /evaluation pairs — expected eval_strategy steps or epoch/,
  ],
  ["pairs from two places", { val_size: 2 }, {}, /evaluation pairs — expected val_size 0/],
  [
    "a metric that the loss has not",
    { loss_type: "sft", metric_for_best_model: "eval_rewards/margins" },
    {},
    /metric_for_best_model — expected one that the loss has \(eval_loss, /,
  ],
])("refuses %s", async (...[, changes, options, message]) => {
  await expect(train("run", changes, options)).rejects.toMatchObject({
    code: "E_CONFIG",
    message: expect.stringMatching(message) as string,
  });
  expect(await readdir(folderOf("run"))).not.toContain("adapter");
});

it("refuses settings of an evaluation that never comes", () => {
  expect(() => parseDpoConfig({ val_size: 0.1, load_best_model_at_end: true })).toThrow(
    /eval_strategy — expected steps or epoch with val_size, load_best_model_at_end, got "no"/,
  );
  expect(() => parseDpoConfig({ eval_strategy: "steps", use_weighting: true })).toThrow(
    /eval_strategy — expected no with use_weighting/,
  );
});
