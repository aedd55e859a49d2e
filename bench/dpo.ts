/**
 * Seconds per DPO step: forward, backward, clipping and AdamW on every LoRA factor, reference log-probs given.
 *
 *   pnpm bench:dpo --shape s512 --json [--peer] [--mode whole|recompute|layerwise] [--storage f32|bf16|f16|int8|w8a8]
 *     [--rank 16] [--depth N] [--pairs N] [--prompt 128] [--completion 128] [--steps 7]
 *     [--dropout P] [--dora] [--warmup 3] [--threads 2] [--disk FOLDER]
 *
 * `--peer` also runs TRL + PEFT (tooling/peers/trl_dpo.py) with the Python named by PREFDELTA_PYTHON, as many steps of it, and ours before and
 * after.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  createLossStep,
  createRuntime,
  parseModelConfig,
  type Runtime,
  type StepMode,
  type WeightStorage,
  withMagnitudes,
} from "@prefdelta/causal-lm";
import { clipGradients, createLoss, flattenFactors, initAdamW, losses, updateAdamW } from "@prefdelta/dpo";
import { createRandom } from "@prefdelta/random";
import { defineCommand, runMain } from "citty";
import { diskModel } from "./disk-model.ts";
import { measureGemm } from "./gemm.ts";
import { runPeer } from "./peer.ts";
import { randomLora, randomModel, randomPairs, shapes } from "./random-model.ts";
import { stepFlops } from "./step-flops.ts";

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const peakRssBytes = (): number => process.resourceUsage().maxRSS * 1024;

interface Setting {
  /** A checkpoint's config.json. */
  readonly configJson: object;
  /** Folder whose weights are read layer by layer, instead of weights in memory. */
  readonly disk: string | undefined;
  readonly pairs: number;
  readonly prompt: number;
  readonly completion: number;
  readonly rank: number;
  readonly dropout: number;
  readonly dora: boolean;
  readonly mode: StepMode;
  readonly storage: WeightStorage;
  readonly threads: number;
}

/** A step ready to be timed, as `pda train` runs it. */
async function prepare(setting: Setting) {
  const {
    configJson,
    disk,
    pairs,
    prompt,
    completion,
    rank,
    dropout: probability,
    dora,
    mode,
    storage,
    threads,
  } = setting;
  const config = parseModelConfig(configJson);
  const { runtime, compileSeconds } = timingCompiles(await createRuntime("onnx", { threads, spinning: true }));
  const lm = disk
    ? await diskModel({ folder: disk, config, configJson, runtime })
    : randomModel(config, runtime, storage);
  const factors = randomLora(config, rank);
  const lora = dora ? await withMagnitudes(lm, factors) : factors;
  const rows = randomPairs(config, pairs, { prompt, completion });
  const lossStep = createLossStep(lm, createLoss(losses.sigmoid, { beta: 0.1 }), { mode });
  const parameters = flattenFactors(lora.modules);
  const state = initAdamW(parameters);
  const reference = Array<number>(2 * pairs).fill(-completion * Math.log(config.vocabSize));
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, learningRate: 1e-5, state };
  const flops = stepFlops(config, { rank, pairs, prompt, completion });
  let steps = 0;
  const step = async (): Promise<number> => {
    const started = performance.now();
    const random = createRandom(steps++);
    const dropout = probability === 0 ? undefined : { probability, randoms: rows.map((_, row) => random.fork(row)) };
    const { gradients } = await lossStep.run({ rows, lora, dropout, extras: { reference } });
    const flat = flattenFactors(gradients);
    clipGradients(flat, 1);
    updateAdamW(parameters, flat, options);
    return (performance.now() - started) / 1000;
  };
  return { step, flops, tokens: pairs * 2 * (prompt + completion), compileSeconds, dispose: () => lm.dispose() };
}

/** A runtime that counts what its sessions' making takes: what a shape costs that was not met before. */
function timingCompiles(runtime: Runtime): { readonly runtime: Runtime; readonly compileSeconds: () => number } {
  let milliseconds = 0;
  const compile: Runtime["compile"] = async (...args) => {
    const started = performance.now();
    const step = await runtime.compile(...args);
    milliseconds += performance.now() - started;
    return step;
  };
  return { runtime: { ...runtime, compile }, compileSeconds: () => milliseconds / 1000 };
}

async function time(step: () => Promise<number>, steps: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = 0; i < steps; i++) seconds.push(await step());
  return seconds;
}

interface Times {
  readonly warmup: number;
  readonly steps: number;
}

interface Measured {
  readonly storage: WeightStorage;
  readonly secondsPerStep: number;
  /** Every timed step. */
  readonly seconds: readonly number[];
  readonly tokensPerSecond: number;
  readonly gflops: number;
  readonly gemmGflops: number;
  readonly peakRssBytes: number;
  /** Of all sessions that the steps took. */
  readonly compileSeconds: number;
}

async function measure(setting: Setting, { warmup, steps }: Times): Promise<Measured> {
  const { step, flops, tokens, compileSeconds, dispose } = await prepare(setting);
  await time(step, warmup);
  const seconds = await time(step, steps);
  const rss = peakRssBytes();
  await dispose();
  const secondsPerStep = median(seconds);
  return {
    storage: setting.disk ? "bf16" : setting.storage,
    secondsPerStep,
    seconds,
    tokensPerSecond: tokens / secondsPerStep,
    gflops: flops / secondsPerStep / 1e9,
    gemmGflops: await measureGemm(setting.threads),
    peakRssBytes: rss,
    compileSeconds: compileSeconds(),
  };
}

/** This command in a process of its own, so that neither ours nor the peer lives in what the other left of the memory. */
async function runOurs(): Promise<Measured> {
  const args = process.argv.slice(1).filter((arg) => arg !== "--peer" && arg !== "--json");
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, ...args, "--json"]);
  return JSON.parse(stdout) as Measured;
}

/** Ours, the peer, ours again: both see the same machine. */
async function withPeer(shape: Parameters<typeof runPeer>[0]): Promise<object> {
  const before = await runOurs();
  const peer = await runPeer(shape);
  const after = await runOurs();
  const seconds = [...before.seconds, ...after.seconds];
  const secondsPerStep = median(seconds);
  const ratio = before.secondsPerStep / secondsPerStep;
  return {
    ...before,
    secondsPerStep,
    seconds,
    tokensPerSecond: before.tokensPerSecond * ratio,
    gflops: before.gflops * ratio,
    gemmGflops: Math.max(before.gemmGflops, after.gemmGflops),
    peakRssBytes: Math.max(before.peakRssBytes, after.peakRssBytes),
    peer,
    speedup: peer.secondsPerStep / secondsPerStep,
  };
}

const main = defineCommand({
  meta: { name: "bench:dpo", description: "Seconds per DPO step" },
  args: {
    shape: { type: "enum", options: Object.keys(shapes), default: "s512", description: "model" },
    pairs: { type: "string", description: "pairs a step (default 2, or 1 for qwen3-0.6b)" },
    prompt: { type: "string", default: "128", description: "tokens of a prompt" },
    completion: { type: "string", default: "128", description: "tokens of a completion" },
    mode: {
      type: "enum",
      options: ["whole", "recompute", "layerwise", "auto"],
      default: "auto",
      description: "how a step runs",
    },
    storage: {
      type: "enum",
      options: ["f32", "bf16", "f16", "int8", "w8a8"],
      default: "f32",
      description: "weights in memory",
    },
    rank: { type: "string", default: "16", description: "of the LoRA" },
    dropout: { type: "string", default: "0", description: "share of the LoRA's inputs that a step drops" },
    dora: { type: "boolean", default: false, description: "whether the LoRA is a DoRA" },
    depth: { type: "string", description: "layers, instead of the shape's own" },
    disk: {
      type: "string",
      description: "folder of a bfloat16 model, written if it is not there, that stays on the disk",
    },
    warmup: { type: "string", default: "3", description: "steps that are not timed, of ours and of the peer" },
    steps: { type: "string", default: "7", description: "timed steps, of ours and of the peer" },
    threads: { type: "string", default: "2", description: "threads of ONNX Runtime" },
    peer: { type: "boolean", default: false, description: "time TRL + PEFT in the same run" },
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ args }) {
    const pairs = Number(args.pairs ?? (args.shape === "s512" ? 2 : 1));
    const [prompt, completion] = [Number(args.prompt), Number(args.completion)];
    const depth = args.depth === undefined ? {} : { num_hidden_layers: Number(args.depth) };
    const setting = {
      configJson: { ...shapes[args.shape]!, ...depth },
      disk: args.disk,
      pairs,
      prompt,
      completion,
      rank: Number(args.rank),
      dropout: Number(args.dropout),
      dora: args.dora,
      mode: args.mode as StepMode,
      storage: args.storage as WeightStorage,
      threads: Number(args.threads),
    };
    const times = { warmup: Number(args.warmup), steps: Number(args.steps) };
    const result = args.peer
      ? await withPeer({ shape: args.shape, prompt, completion, ...times })
      : { shape: args.shape, mode: args.mode, ...(await measure(setting, times)) };
    if (args.json) console.log(JSON.stringify(result));
    else console.table(result);
  },
});

await runMain(main);
