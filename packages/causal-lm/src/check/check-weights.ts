import { toFloat32 } from "@prefdelta/safetensors";
import { type Checkpoint, openCheckpoint } from "@prefdelta/safetensors/node";
import { checkTensors } from "../check-tensors.ts";
import type { ModelConfig } from "../model/config.ts";
import { weightShapes } from "../model/weights.ts";
import { type Check, problemOf } from "./check.ts";

type Entry = Checkpoint["entries"] extends ReadonlyMap<string, infer One> ? One : never;

const sizeOf = ({ begin, end }: Entry): number => end - begin;

/** Reads the smallest tensor of each type, and widens it as the loader would. @throws SafetensorsError E_CODEC for a type without a float32 form */
async function readOneOfEach(checkpoint: Checkpoint, types: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const size = (name: string): number => sizeOf(checkpoint.entries.get(name)!);
  for (const names of types.values()) {
    const smallest = names.reduce((a, b) => (size(b) < size(a) ? b : a));
    toFloat32(await checkpoint.read(smallest));
  }
}

const times = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

function describe(
  checkpoint: Checkpoint,
  needed: ReadonlySet<string>,
  types: ReadonlyMap<string, readonly string[]>,
): string {
  const entries = [...checkpoint.entries].filter(([name]) => needed.has(name)).map(([, entry]) => entry);
  const parameters = entries.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  const unused = checkpoint.names.length - needed.size;
  return [
    times(checkpoint.files.length, "file"),
    `${times(needed.size, "tensor")} of ${[...types.keys()].join(" and ")}`,
    `${parameters.toLocaleString("en-US")} weights`,
    `${bytes.toLocaleString("en-US")} bytes`,
    ...(unused > 0 ? [`${times(unused, "further tensor")}, which the model does not use`] : []),
  ].join(", ");
}

/**
 * The checkpoint of a model folder by its headers: every shard there and as long as its header says, every tensor of the config in its shape. Of each
 * type of numbers one small tensor is read.
 */
export async function checkWeights(folder: string, config: ModelConfig): Promise<Check> {
  try {
    const checkpoint = await openCheckpoint(folder);
    try {
      checkTensors(folder, checkpoint, config);
      const needed = new Set(weightShapes(config).keys());
      const types = Map.groupBy(needed, (name) => checkpoint.entries.get(name)!.dtype);
      await readOneOfEach(checkpoint, types);
      return { name: "weights", state: "ok", what: describe(checkpoint, needed, types) };
    } finally {
      await checkpoint.close();
    }
  } catch (error) {
    return problemOf("weights", error);
  }
}
