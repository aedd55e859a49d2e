import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { runPda } from "../__fixtures__/run-pda.ts";
import { tinyAdapter, tinyModel } from "../__fixtures__/tiny-recipe.ts";

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
    expect(stderr).toContain(`\nstart: fresh factors; the reference is ${tinyModel}\n`);
  });

  test("may have no reference, and says so", async () => {
    const { code, stderr } = await train([await writePairs("pairs.jsonl", 4)], "loss_type=simpo");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain("\nstart: fresh factors; the loss has no reference\n");
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

describe("evaluation", () => {
  test("is told as it goes, written for TensorBoard and W&B, and its best step is in the result", async () => {
    const [data, other] = [await writePairs("pairs.jsonl", 6), await writePairs("other.jsonl", 3)];
    const { code, stdout, stderr } = await runPda(
      ...["train", "--base", tinyModel, "--data", data, "--eval-data", other, "--out", at("out"), "--json"],
      ...["--runtime", "onnx", "--threads", "1", "--tensorboard", at("events"), "--wandb", at("wandb")],
      ...[...small, "max_steps=14", "eval_strategy=steps", "eval_steps=7", "learning_rate=1e-9"].flatMap((setting) => [
        "--set",
        setting,
      ]),
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/ {2}train: evaluation after step 7: loss 0\.\d{4}, accuracy [01]\.\d{3}\n/);
    expect(stderr).toContain("verdict: the loss has not fallen");
    const result = JSON.parse(stdout) as { verdicts: { name: string }[] };
    expect(result).toMatchObject({ evaluation: { counts: { kept: 3 }, best: { step: expect.any(Number) as number } } });
    expect(result.verdicts.map(({ name }) => name)).toContain("loss_stands");
    const [events] = await readdir(at("events"));
    expect(events).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    const [run] = await readdir(at("wandb"));
    expect(run).toMatch(/^offline-run-\d{8}_\d{6}-[0-9a-f]{8}$/);
    const log = await readFile(join(at("wandb"), run!, `run-${run!.slice(-8)}.wandb`), "latin1");
    expect(log.match(/eval\/loss/g)).toHaveLength(4); // two evaluations, each in a summary and in the history
  });
});

describe("several deltas", () => {
  test("files are mixed by weight, copies and all", async () => {
    const data = [await writePairs("one.jsonl", 4), await writePairs("two.jsonl", 4)];
    const { code, stdout, stderr } = await runPda(
      ...["train", "--base", tinyModel, "--data", data[0]!, "--data", data[1]!, "--data-weights", "2,0.5"],
      ...["--out", at("out"), "--runtime", "onnx", "--threads", "1", ...small.flatMap((one) => ["--set", one])],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("2 steps on 10 pairs (none left out or cut)\n");
    const wrong = await runPda(
      ...["train", "--base", tinyModel, "--data", data[0]!, "--data-weights", "1,x", "--out", at("other")],
    );
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain(
      '--data-weights: expected 1 numbers of at least 0, one for each --data, found "1,x"',
    );
  });

  test("a second delta goes on from a first one, measured against the base, and says so", async () => {
    const data = await writePairs("pairs.jsonl", 4);
    const { code, stderr } = await runPda(
      ...["train", "--base", tinyModel, "--data", data, "--init-adapter", tinyAdapter, "--out", at("out")],
      ...["--runtime", "onnx", "--threads", "1", "--set", "max_steps=1", "--set", "lora_r=4"],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(`start: ${tinyAdapter}; the reference is ${tinyModel} without it\n`);
    const [row] = (await readFile(join(at("out"), "trainer_log.jsonl"), "utf8")).split("\n");
    // Fresh factors would have no reward at the first step.
    expect(Math.abs((JSON.parse(row!) as Record<string, number>)["rewards/chosen"]!)).toBeGreaterThan(0.01);
  });
});

test("a second delta is measured against the first one where it is asked for, and says so", async () => {
  const start = ["--init-adapter", tinyAdapter];
  const run = async (...more: string[]) =>
    runPda(
      ...["train", "--base", tinyModel, "--data", await writePairs("pairs.jsonl", 4), "--out", at("out"), ...more],
      ...["--runtime", "onnx", "--threads", "1", "--set", "max_steps=1", "--set", "lora_r=4"],
      ...["--set", "reference=initial_adapter"],
    );
  const alone = await run();
  expect(alone.code).toBe(2);
  expect(alone.stderr).toContain(
    "reference: expected base, or an adapter by --init-adapter, found initial_adapter alone",
  );
  const { code, stderr } = await run(...start);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(`start: ${tinyAdapter}; the reference is ${tinyModel} with it\n`);
  const [row] = (await readFile(join(at("out"), "trainer_log.jsonl"), "utf8")).split("\n");
  expect((JSON.parse(row!) as Record<string, number>)["rewards/chosen"]).toBeCloseTo(0, 3);
});

test("a tracking server that is not there is named before anything is trained", async () => {
  const data = await writePairs("pairs.jsonl", 2);
  const { code, stderr } = await runPda(
    ...["train", "--base", tinyModel, "--data", data, "--out", at("out"), "--mlflow", "http://127.0.0.1:9"],
    ...["--runtime", "onnx", "--threads", "1"],
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:9\/api.*expected an answer of MLflow, got .*\[E_TRACKER\]/);
});

describe("rows and settings of others", () => {
  test("an alpaca ranking is trained on, what is cut is told, and old names are warned of", async () => {
    const rows = [
      { instruction: "Say", input: "yes", chosen: "yes", rejected: "no" },
      { instruction: "Say", chosen: "a rather long answer, in many words, so that it has to be cut", rejected: "no" },
    ];
    await writeFile(at("alpaca.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
    const settings = ["max_prompt_length=512", "rpo_alpha=0.5", "loss_type=sigmoid"];
    const { code, stdout, stderr } = await train(
      [at("alpaca.jsonl")],
      ...settings,
      "max_length=64",
      "truncation_mode=keep_start",
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("2 steps on 2 pairs (1 cut)\n");
    expect(stderr).toContain("warning: max_prompt_length — ignored: max_length bounds prompt and answer together\n");
    expect(stderr).toContain("loss: 1·sigmoid + 0.5·sft, β 0.1 (its default)\n");
  });

  test("of arguments of other trainers each is told what became of it, and none is advised", async () => {
    const data = await writePairs("pairs.jsonl", 4);
    const { code, stderr } = await train([data], "bf16=true", "optim=adamw_torch", "loss_type=dpo", "report_to=wandb");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain("warning: optim — ignored: AdamW in float32 is the one optimiser\n");
    expect(stderr).toContain("warning: loss_type — dpo is taken for sigmoid\n");
    const refused = await train([data], "optim=lion_8bit", "xyzzy=1");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/optim: expected a variant of AdamW: it is the one optimiser, found "?lion_8bit/);
    expect(refused.stderr).toMatch(/xyzzy: unknown key; expected one of loss_type, .*learning_rate/);
    expect(refused.stderr).not.toContain("bf16");
  });

  test("a row that is no pair is named with its place", async () => {
    await writeFile(at("rows.jsonl"), '{"instruction":"Say","chosen":"yes"}\n');
    const { code, stderr } = await train([at("rows.jsonl")]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${at("rows.jsonl")}:1: rejected — `);
    expect(stderr).toContain("[E_ROW]");
  });
});
