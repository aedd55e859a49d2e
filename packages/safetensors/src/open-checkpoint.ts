/// <reference types="node" />
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ByteRange } from "./byte-source.ts";
import { SafetensorsError } from "./errors.ts";
import type { SafetensorsErrorCode } from "./errors.ts";
import { openSafetensors } from "./open-safetensors.ts";
import type { SafetensorsFile } from "./open-source.ts";
import { parseCheckpointIndex } from "./parse-checkpoint-index.ts";
import type { TensorEntry } from "./tensor-entry.ts";
import type { TensorView } from "./tensor-view.ts";

/** A model's weights: one file, or the shards that an index lists. */
export interface Checkpoint {
  readonly folder: string;
  readonly names: readonly string[];
  /** Each tensor with the path of the file that holds it; `begin` and `end` count in that file. */
  readonly entries: ReadonlyMap<string, TensorEntry & { readonly file: string }>;
  /** The open files, by path. */
  readonly files: readonly SafetensorsFile[];
  /** As a file's: `into` is memory of the tensor's length that its bytes are put into. */
  read(name: string, into?: Uint8Array<ArrayBuffer>): Promise<TensorView>;
  readBytes(name: string, range: ByteRange): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

const single = "model.safetensors";
const index = "model.safetensors.index.json";
const namesShown = 5;

/**
 * Opens the weights of a Hugging Face model folder: `model.safetensors`, else the shards of
 * `model.safetensors.index.json`. Headers only are read. With an index, exactly the tensors it names are offered.
 *
 * @throws SafetensorsError E_FILE (neither is there), E_INDEX, E_SHARD_MISSING and E_TENSOR_MISSING (all of them,
 * with the index), or a shard's first broken invariant
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const singlePath = join(folder, single);
  if (await exists(singlePath)) {
    const file = await openSafetensors(singlePath);
    return checkpoint(folder, new Map([...file.entries.keys()].map((name) => [name, file])));
  }
  const indexPath = join(folder, index);
  if (!(await exists(indexPath))) {
    throw new SafetensorsError("E_FILE", `expected ${single} or ${index}, found neither`, { file: folder });
  }
  const shardOf = parseCheckpointIndex(await readFile(indexPath, "utf8"), indexPath);
  const shards = await openShards(folder, { shardOf, indexPath });
  try {
    const absent = [...shardOf].filter(([tensor, shard]) => !shards.get(shard)!.entries.has(tensor));
    failIfAny(absent, {
      code: "E_TENSOR_MISSING",
      indexPath,
      what: "each shard to hold the tensors that the index names",
    });
  } catch (error) {
    await closeAll([...shards.values()]);
    throw error;
  }
  return checkpoint(folder, new Map([...shardOf].map(([tensor, shard]) => [tensor, shards.get(shard)!])));
}

function checkpoint(folder: string, fileOf: ReadonlyMap<string, SafetensorsFile>): Checkpoint {
  const files = [...new Set(fileOf.values())];
  const entries = new Map([...fileOf].map(([name, file]) => [name, { ...file.entries.get(name)!, file: file.path }]));
  const find = (name: string): SafetensorsFile => {
    const file = fileOf.get(name);
    if (file !== undefined) return file;
    const what = `expected one of ${entries.size} tensors, found no such name`;
    throw new SafetensorsError("E_TENSOR_NOT_FOUND", what, { file: folder, tensor: name });
  };
  return {
    folder,
    names: [...entries.keys()],
    entries,
    files,
    read: async (name, into) => find(name).read(name, into),
    readBytes: async (name, range) => find(name).readBytes(name, range),
    close: () => closeAll(files),
  };
}

async function openShards(
  folder: string,
  { shardOf, indexPath }: { shardOf: ReadonlyMap<string, string>; indexPath: string },
): Promise<Map<string, SafetensorsFile>> {
  const present = new Map<string, boolean>();
  for (const shard of new Set(shardOf.values())) present.set(shard, await exists(join(folder, shard)));
  const absent = [...shardOf].filter(([, shard]) => !present.get(shard));
  failIfAny(absent, {
    code: "E_SHARD_MISSING",
    indexPath,
    what: "every shard that the index names, for these tensors",
  });

  const shards = new Map<string, SafetensorsFile>();
  try {
    for (const shard of present.keys()) shards.set(shard, await openSafetensors(join(folder, shard)));
    return shards;
  } catch (error) {
    await closeAll([...shards.values()]);
    throw error;
  }
}

/** Names every shard concerned with the first tensors it should hold. */
function failIfAny(
  absent: readonly (readonly [tensor: string, shard: string])[],
  { code, indexPath, what }: { code: SafetensorsErrorCode; indexPath: string; what: string },
): void {
  if (absent.length === 0) return;
  const lines = [...Map.groupBy(absent, ([, shard]) => shard)].map(([shard, pairs]) => {
    const names = pairs.slice(0, namesShown).map(([tensor]) => JSON.stringify(tensor));
    const more = pairs.length > namesShown ? ` and ${pairs.length - namesShown} more` : "";
    return `\n  ${shard}: ${names.join(", ")}${more}`;
  });
  throw new SafetensorsError(code, `expected ${what}, not found:${lines.join("")}`, { file: indexPath });
}

async function closeAll(files: readonly SafetensorsFile[]): Promise<void> {
  await Promise.all(files.map((file) => file.close()));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
