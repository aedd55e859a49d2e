import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CausalLm, loadCausalLm, type ModelConfig, type Runtime, weightShapes } from "@prefdelta/causal-lm";
import { fromFloat32, type TensorView } from "@prefdelta/safetensors";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import { fill } from "./random-model.ts";

/** Random numbers of one tensor, over and over: eight billion fresh ones would take longer than the step that they are for. */
const PERIOD = 2 ** 22;

function bfloat16Weights(): (shape: readonly number[]) => TensorView {
  const periods = new Map<number, Uint8Array>();
  const periodOf = (columns: number): Uint8Array => {
    const found = periods.get(columns);
    if (found) return found;
    const { bytes } = fromFloat32(fill(PERIOD, 1 / Math.sqrt(columns), columns), { dtype: "BF16", shape: [PERIOD] });
    periods.set(columns, bytes);
    return bytes;
  };
  return (shape) => {
    if (shape.length === 1) return fromFloat32(new Float32Array(shape[0]!).fill(1), { dtype: "BF16", shape });
    const period = periodOf(shape[1]!);
    const bytes = new Uint8Array(2 * shape[0]! * shape[1]!);
    for (let at = 0; at < bytes.length; at += period.length) {
      bytes.set(period.subarray(0, Math.min(period.length, bytes.length - at)), at);
    }
    return { dtype: "BF16", shape: [...shape], bytes };
  };
}

/** A tokenizer of one token: the benchmarks feed ids. */
const TOKENIZER = {
  version: "1.0",
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: "WordLevel", vocab: { "<eos>": 0 }, unk_token: "<eos>" },
};

/** A checkpoint of the config's shape in bfloat16, a shard a layer, as Hugging Face lays it out. Written once: a finished folder is taken as it is. */
async function writeModel(folder: string, config: ModelConfig, configJson: object): Promise<void> {
  const index = join(folder, "model.safetensors.index.json");
  const finished = await access(index).then(
    () => true,
    () => false,
  );
  if (finished) return;
  await mkdir(folder, { recursive: true });
  const weightOf = bfloat16Weights();
  const shards = Map.groupBy(weightShapes(config), ([name]) => /layers\.\d+/.exec(name)?.[0] ?? name);
  const shardOf: Record<string, string> = {};
  for (const [i, tensors] of [...shards.values()].entries()) {
    const file = `model-${String(i + 1).padStart(5, "0")}-of-${String(shards.size).padStart(5, "0")}.safetensors`;
    await writeSafetensors(
      join(folder, file),
      tensors.map(([name, shape]) => [name, weightOf(shape)]),
    );
    for (const [name] of tensors) shardOf[name] = file;
  }
  const json = (name: string, value: object): Promise<void> => writeFile(join(folder, name), JSON.stringify(value));
  await json("config.json", configJson);
  await json("tokenizer.json", TOKENIZER);
  await json("tokenizer_config.json", { eos_token: "<eos>" });
  await json("model.safetensors.index.json", { metadata: {}, weight_map: shardOf });
}

interface DiskModel {
  readonly folder: string;
  readonly config: ModelConfig;
  /** What `config` was parsed from. */
  readonly configJson: object;
  readonly runtime: Runtime;
}

/** A model whose layers are read from a folder when they run. */
export async function diskModel({ folder, config, configJson, runtime }: DiskModel): Promise<CausalLm> {
  await writeModel(folder, config, configJson);
  return loadCausalLm(folder, { runtime, storage: "bf16", weights: "disk" });
}
