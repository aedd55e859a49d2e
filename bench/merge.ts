/**
 * Seconds of merging adapters of a model's true shapes, from folder to folder.
 *
 *   pnpm bench:merge --shape qwen3-8b --adapters 4 --rank 64 --json [--peer] [--method task_arithmetic] [--out-rank N] [--layers N]
 *     [--methods a,b] [--scales 0.5,1] [--drift] [--into-base]
 *
 * Factors are random normal numbers. `ioSeconds` is the time of merely reading the adapters' files and writing as many bytes as the result has, in
 * the same run. The merge has a process of its own; `peakRssBytes` is that one's. `--out-rank` is the result's rank: with task_arithmetic absent
 * means PEFT's `cat`, given means its `svd`. `--layers` takes that many of the model's layers; nothing is scaled but `speedup`, which is per layer.
 * `--methods` and `--scales` merge in several ways from one reading; `--drift` takes gam's drift form with A₀ from a seed; `--into-base` adds the
 * merge to a model of these linear layers in bfloat16. `--peer` also times PEFT's `svd` on one layer (tooling/peers/peft_merge.py, PREFDELTA_PYTHON).
 */
import { execFile } from "node:child_process";
import { glob, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LoraModule } from "@prefdelta/lora";
import { saveAdapter } from "@prefdelta/lora/node";
import { mergeMethods, type MergeOptions } from "@prefdelta/merge";
import { createRandom, normal, type Random } from "@prefdelta/random";
import { defineCommand, runMain } from "citty";
import { adapterShapes, type AdapterShape } from "./adapter-shapes.ts";
import type { MergeJob, MergeTimes } from "./merge-child.ts";
import { runMergePeer } from "./merge-peer.ts";
import { writeRandomBase } from "./random-base.ts";

const childScript = fileURLToPath(new URL("merge-child.ts", import.meta.url));
const weights = "adapter_model.safetensors";
const CHUNK = 2 ** 22;

const factor = (length: number, random: Random): Float32Array =>
  Float32Array.from({ length }, () => 0.02 * normal(random));

async function writeAdapter(folder: string, shape: AdapterShape, draw: { rank: number; random: Random }) {
  const { rank, random } = draw;
  const modules = new Map<string, LoraModule>();
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const { name, outFeatures, inFeatures } of shape.modules) {
      const [A, B] = [factor(rank * inFeatures, random), factor(outFeatures * rank, random)];
      modules.set(`model.layers.${layer}.${name}`, { A, B, rank, outFeatures, inFeatures, scale: 1 });
    }
  }
  await saveAdapter(folder, { modules, baseModel: null, metadata: new Map([["a0_seed", "0"]]) });
}

/** Reads these files and writes so many bytes, which are on the disk when it ends. */
async function timeIo(sources: readonly string[], bytes: number, target: string): Promise<number> {
  const started = performance.now();
  const buffer = new Uint8Array(CHUNK);
  for (const path of sources) {
    const file = await open(path);
    while ((await file.read(buffer, 0, CHUNK)).bytesRead > 0);
    await file.close();
  }
  const file = await open(target, "w");
  for (let at = 0; at < bytes; at += CHUNK) await file.write(buffer, 0, Math.min(CHUNK, bytes - at));
  await file.sync();
  await file.close();
  return (performance.now() - started) / 1000;
}

interface Setting {
  readonly shape: AdapterShape;
  readonly adapters: number;
  readonly rank: number;
  readonly merges: readonly MergeOptions[];
  readonly scales: readonly number[];
  readonly intoBase: boolean;
}

async function sizeOf(files: Iterable<string> | AsyncIterable<string>): Promise<number> {
  let bytes = 0;
  for await (const file of files) bytes += (await stat(file)).size;
  return bytes;
}

async function measure(folder: string, { shape, adapters, rank, merges, scales, intoBase }: Setting) {
  const folders = Array.from({ length: adapters }, (_, i) => join(folder, `adapter-${i}`));
  for (const [i, path] of folders.entries()) await writeAdapter(path, shape, { rank, random: createRandom(i + 1) });
  const output = join(folder, "merged");
  const base = intoBase ? join(folder, "base") : null;
  if (base !== null) await writeRandomBase(base, shape, createRandom("base"));
  const job = JSON.stringify({ folders, output, merges, scales, base } satisfies MergeJob);
  const flags = ["--conditions=@prefdelta/source", "--no-warnings", childScript, job];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  const times = JSON.parse(stdout) as MergeTimes;
  const sources = folders.map((path) => join(path, weights));
  if (base !== null) sources.push(join(base, "model.safetensors"));
  const [bytesRead, bytesWritten] = [await sizeOf(sources), await sizeOf(glob(join(output, "**/*.safetensors")))];
  const ioSeconds = await timeIo(sources, bytesWritten, join(folder, "io"));
  return { ...times, ioSeconds, bytesRead, bytesWritten };
}

const main = defineCommand({
  meta: { name: "bench:merge", description: "Seconds of a merge" },
  args: {
    shape: { type: "enum", options: Object.keys(adapterShapes), default: "qwen3-8b", description: "model" },
    adapters: { type: "string", default: "4", description: "adapters that are merged" },
    rank: { type: "string", default: "64", description: "rank of each" },
    method: { type: "enum", options: Object.keys(mergeMethods), default: "task_arithmetic", description: "method" },
    methods: { type: "string", description: "several methods, a,b, in place of one" },
    scales: { type: "string", default: "1", description: "λ of the results, a,b" },
    drift: { type: "boolean", default: false, description: "gam's drift form" },
    intoBase: { type: "boolean", default: false, description: "add the merge to a model" },
    outRank: { type: "string", description: "rank of the result (default: nothing is cut off)" },
    layers: { type: "string", description: "layers (default: the model's)" },
    json: { type: "boolean", default: false, description: "print JSON" },
    peer: { type: "boolean", default: false, description: "time PEFT as well" },
  },
  async run({ args }) {
    const whole: AdapterShape = adapterShapes[args.shape as keyof typeof adapterShapes];
    const shape = { ...whole, layers: Number(args.layers ?? whole.layers) };
    const [adapters, rank] = [Number(args.adapters), Number(args.rank)];
    const cut = args.outRank === undefined ? {} : { rank: Number(args.outRank) };
    const methods = args.methods?.split(",") ?? [args.method];
    const optionsOf = (method: string) =>
      ({ method, ...cut, ...(args.drift ? { form: "drift" } : {}) }) as MergeOptions;
    const [merges, scales] = [methods.map(optionsOf), args.scales.split(",").map(Number)];
    const folder = await mkdtemp(join(tmpdir(), "bench-merge-"));
    try {
      const times = await measure(folder, { shape, adapters, rank, merges, scales, intoBase: args.intoBase });
      const peer = args.peer ? await runMergePeer({ modules: shape.modules, adapters, rank }) : null;
      const speedup = peer === null ? null : peer.secondsPerLayer / (times.seconds / shape.layers);
      const outRank = args.outRank ?? "full";
      const result = {
        method: methods.join(","),
        layers: shape.layers,
        adapters,
        rank,
        outRank,
        ...times,
        peer,
        speedup,
      };
      if (args.json) console.log(JSON.stringify(result, null, 2));
      else console.table(result);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
});

await runMain(main);
