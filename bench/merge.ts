/**
 * Seconds of merging adapters of a model's true shapes, from folder to folder.
 *
 *   pnpm bench:merge --shape qwen3-8b --adapters 4 --rank 64 --json [--peer] [--method task_arithmetic] [--out-rank N] [--layers N]
 *
 * Factors are random normal numbers. `ioSeconds` is the time of merely reading the adapters' files and writing as many bytes as the result has, in
 * the same run. The merge has a process of its own; `peakRssBytes` is that one's. `--out-rank` is the result's rank: with task_arithmetic absent
 * means PEFT's `cat`, given means its `svd`. `--layers` takes that many of the model's layers; nothing is scaled but `speedup`, which is per layer.
 * `--peer` also times PEFT's `svd` on one layer (tooling/peers/peft_merge.py, PREFDELTA_PYTHON).
 */
import { execFile } from "node:child_process";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
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
import type { MergeTimes } from "./merge-child.ts";
import { runMergePeer } from "./merge-peer.ts";

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
  await saveAdapter(folder, { modules, baseModel: null, metadata: new Map() });
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
  readonly options: MergeOptions;
}

async function measure(folder: string, { shape, adapters, rank, options }: Setting) {
  const folders = Array.from({ length: adapters }, (_, i) => join(folder, `adapter-${i}`));
  for (const [i, path] of folders.entries()) await writeAdapter(path, shape, { rank, random: createRandom(i + 1) });
  const output = join(folder, "merged");
  const job = JSON.stringify({ folders, output, options });
  const flags = ["--conditions=@prefdelta/source", "--no-warnings", childScript, job];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  const times = JSON.parse(stdout) as MergeTimes;
  const sources = folders.map((path) => join(path, weights));
  const sizes = await Promise.all(sources.map(async (path) => (await stat(path)).size));
  const bytesWritten = (await stat(join(output, weights))).size;
  const ioSeconds = await timeIo(sources, bytesWritten, join(folder, "io"));
  return { ...times, ioSeconds, bytesRead: sizes.reduce((sum, size) => sum + size, 0), bytesWritten };
}

const main = defineCommand({
  meta: { name: "bench:merge", description: "Seconds of a merge" },
  args: {
    shape: { type: "enum", options: Object.keys(adapterShapes), default: "qwen3-8b", description: "model" },
    adapters: { type: "string", default: "4", description: "adapters that are merged" },
    rank: { type: "string", default: "64", description: "rank of each" },
    method: { type: "enum", options: Object.keys(mergeMethods), default: "task_arithmetic", description: "method" },
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
    const options = { method: args.method, ...cut } as MergeOptions;
    const folder = await mkdtemp(join(tmpdir(), "bench-merge-"));
    try {
      const times = await measure(folder, { shape, adapters, rank, options });
      const peer = args.peer ? await runMergePeer({ modules: shape.modules, adapters, rank }) : null;
      const speedup = peer === null ? null : peer.secondsPerLayer / (times.seconds / shape.layers);
      const outRank = options.rank ?? "full";
      const result = { method: args.method, layers: shape.layers, adapters, rank, outRank, ...times, peer, speedup };
      if (args.json) console.log(JSON.stringify(result, null, 2));
      else console.table(result);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
});

await runMain(main);
