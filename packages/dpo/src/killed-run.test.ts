import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createRandom, integer } from "@prefdelta/random";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runOutput } from "./__fixtures__/run-output.ts";
import type { DpoConfigInput } from "./config.ts";

/** Other kills every time; a failure's test name says which, and KILL_SEED repeats them. */
const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 1_000_000);
const KILLS = 5;
/** File operations that writing the adapter takes, at least. */
const OF_ADAPTER = 20;

const settings: DpoConfigInput = {
  lora_r: 2,
  lora_dropout: 0.1,
  learning_rate: 0.02,
  per_device_train_batch_size: 2,
  gradient_accumulation_steps: 2,
  max_steps: 24,
  save_steps: 3,
  eval_strategy: "steps",
  eval_steps: 4,
  load_best_model_at_end: true,
};

interface Ending {
  readonly signal: NodeJS.Signals | null;
  /** The steps it said it had done. */
  readonly steps: readonly number[];
  readonly operations: number | undefined;
  readonly errors: string;
}

interface Kill {
  /** From outside, when it has said so many steps. */
  readonly afterSteps?: number;
  /** By itself, at this file operation. */
  readonly dieAt?: number;
}

/** One process that trains from where the folder's last run was left, to its end or until it is killed. */
async function train(outDir: string, { afterSteps, dieAt }: Kill = {}): Promise<Ending> {
  const script = fileURLToPath(new URL("__fixtures__/train-tiny.ts", import.meta.url));
  const input = JSON.stringify({ outDir, settings, dieAt });
  const child = spawn(process.execPath, ["--conditions=@prefdelta/source", script, input]);
  const exit = once(child, "exit");
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(String(chunk)));
  const steps: number[] = [];
  let operations: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    const [what, value] = line.split(" ");
    if (what === "operations") operations = Number(value);
    else if (steps.push(Number(value)) === afterSteps) child.kill("SIGKILL");
  }
  const [, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  return { signal, steps, operations, errors: errors.join("") };
}

let root: string;
let operations: number;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "killed-"));
  const unbroken = await train(join(root, "unbroken"));
  expect(unbroken, unbroken.errors).toMatchObject({ signal: null, steps: Array.from({ length: 24 }, (_, i) => i + 1) });
  operations = unbroken.operations!;
});
afterAll(() => rm(root, { recursive: true }));

/** Lets a run go on to its end. */
async function finishes(outDir: string): Promise<void> {
  const { signal, errors } = await train(outDir);
  expect(signal, errors).toBeNull();
  expect(await runOutput(outDir)).toEqual(await runOutput(join(root, "unbroken")));
}

describe(`a run killed ${KILLS} times, in processes of its own, ends with an unbroken run's bytes (KILL_SEED=${seed})`, () => {
  it("after random steps", async () => {
    const random = createRandom(seed).fork("steps");
    const outDir = join(root, "steps");
    for (let kill = 0; kill < KILLS; kill++) {
      const afterSteps = 1 + integer(random, 4); // of 24: the run outlives its kills
      const { signal, errors } = await train(outDir, { afterSteps });
      expect(signal, errors).toBe("SIGKILL");
    }
    await finishes(outDir);
  });

  it("at random file operations, most of them within a checkpoint", async () => {
    const random = createRandom(seed).fork("operations");
    const outDir = join(root, "operations");
    for (let kill = 0; kill < KILLS; kill++) {
      const dieAt = 1 + integer(random, Math.floor(operations / KILLS));
      const { signal, errors } = await train(outDir, { dieAt });
      expect(signal, `operation ${dieAt}\n${errors}`).toBe("SIGKILL");
    }
    await finishes(outDir);
  });

  it("at the last file operations, which write the adapter", async () => {
    const random = createRandom(seed).fork("adapter");
    const outDir = join(root, "adapter");
    let left = operations;
    for (let kill = 0; kill < KILLS; kill++) {
      const dieAt = left - integer(random, OF_ADAPTER);
      const { signal, errors } = await train(outDir, { dieAt });
      expect(signal, `operation ${dieAt}\n${errors}`).toBe("SIGKILL");
      left = OF_ADAPTER; // the steps are done
    }
    await finishes(outDir);
  });
});
