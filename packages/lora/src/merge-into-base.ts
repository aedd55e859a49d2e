import { copyFile, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { isFloatDtype } from "@prefdelta/safetensors";
import type { TensorEntry } from "@prefdelta/safetensors";
import { openCheckpoint, writeSafetensors } from "@prefdelta/safetensors/node";
import type { Checkpoint, StreamedTensor } from "@prefdelta/safetensors/node";
import type { Adapter, AdapterOutline, AdapterSource, LoraModule } from "./adapter.ts";
import { checkAgainstBase } from "./check-against-base.ts";
import { LoraError } from "./errors.ts";
import { cardFile } from "./folder-files.ts";
import { companionFiles, indexFile } from "./into-base/base-files.ts";
import { rowBlocks, sumRows } from "./into-base/sum-rows.ts";
import { modelCard } from "./model-card.ts";
import { refuseDora } from "./refuse-dora.ts";
import { replaceFolder } from "./replace-folder.ts";
import { passSourceErrors, type Watch } from "./source-errors.ts";
import { writeText } from "./write-text.ts";

export interface MergeIntoBaseOptions {
  /** Folder of the base model: `model.safetensors`, or shards with an index. */
  readonly base: string;
  readonly title?: string;
  /** Called when a tensor is to be written. */
  readonly onTensor?: (tensor: { readonly name: string; readonly place: number; readonly total: number }) => void;
  /** Stops the writing between two blocks of rows; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface MergedModel {
  readonly files: readonly string[];
  readonly tensors: number;
  /** Tensors that an update was added to. */
  readonly changed: number;
}

/** An adapter whose modules are read one at a time, or added to their weights by somebody else. */
export interface BaseUpdates extends Omit<AdapterSource, "read"> {
  /** A module's factors, or the new bytes of its weight, as BaseWeights' `add` gives them. */
  readonly read: (path: string) => Promise<LoraModule | Uint8Array>;
}

/**
 * Writes the base model with the adapter's update added in: the same shards, names, dtypes and index, config and
 * tokenizer copied. Memory holds the factors of one module, asked for when its tensor is written (or the whole adapter, where that is what is
 * given), and a few rows of the tensor (addUpdate says how entries are rounded); tensors without an update keep their bytes. The folder appears
 * whole or not at all, its index written last.
 *
 * @throws LoraError E_BASE (modules that do not fit, weights of a dtype that cannot be added to), E_ADAPTER (entries
 * that are not finite after the sum, by tensor), E_FOLDER, E_WRITE; SafetensorsError for the base's files, by tensor; what `read` throws
 */
export async function mergeIntoBase(
  folder: string,
  adapter: Adapter | BaseUpdates,
  { base, title = basename(folder), onTensor = () => {}, signal }: MergeIntoBaseOptions,
): Promise<MergedModel> {
  const source = sourceOf(adapter);
  const checkpoint = await openCheckpoint(base);
  try {
    assertAddable(source, checkpoint.entries, base);
    const companions = await companionFiles(base);
    const shards = checkpoint.files.map(({ path }) => basename(path));
    const index = checkpoint.files.length === 1 && shards[0] === "model.safetensors" ? [] : [indexFile];
    const files = [...companions, cardFile, ...shards, ...index];
    const total = checkpoint.names.length;
    let place = 0;
    const write = async (temporary: string, watch: Watch): Promise<void> => {
      for (const name of companions) await copyFile(join(base, name), join(temporary, name));
      await writeText(join(temporary, cardFile), cardOf(source, { base, title }));
      for (const { path, metadata } of checkpoint.files) {
        const names = checkpoint.names.filter((name) => checkpoint.entries.get(name)!.file === path);
        const tensors = names.map((name): [string, StreamedTensor] => {
          const start = (): void => onTensor({ name, place: ++place, total });
          return [name, mergedTensor(checkpoint, { name, source, start, watch, signal })];
        });
        // Provenance beside what the base's file says of itself.
        const notes = new Map([...metadata, ...source.metadata, ["format", "pt"]]);
        await writeSafetensors(join(temporary, basename(path)), tensors, notes);
      }
      for (const name of index) await writeText(join(temporary, name), await readFile(join(base, name), "utf8"));
    };
    await passSourceErrors((watch) => replaceFolder(folder, files, (temporary) => write(temporary, watch)));
    return { files, tensors: total, changed: source.modules.size };
  } finally {
    await checkpoint.close();
  }
}

const unaddable = "a sum with the base";

/** @throws LoraError E_ADAPTER of an adapter that is in memory and has magnitudes */
function sourceOf(adapter: Adapter | BaseUpdates): BaseUpdates {
  if ("read" in adapter) return adapter;
  refuseDora(adapter.modules, unaddable);
  return { ...adapter, read: (path) => Promise.resolve(adapter.modules.get(path)!) };
}

const weightSuffix = ".weight";

/** The path of the module whose update a tensor takes; undefined: none. */
function pathOf({ modules }: AdapterOutline, tensor: string): string | undefined {
  const path = tensor.endsWith(weightSuffix) ? tensor.slice(0, -weightSuffix.length) : undefined;
  return path !== undefined && modules.has(path) ? path : undefined;
}

interface MergedTensor {
  readonly name: string;
  readonly source: BaseUpdates;
  readonly start: () => void;
  readonly watch: Watch;
  readonly signal: AbortSignal | undefined;
}

/** A tensor's new bytes, some rows at a time. */
function mergedTensor(checkpoint: Checkpoint, { name, source, start, watch, signal }: MergedTensor): StreamedTensor {
  const { dtype, shape, begin, end } = checkpoint.entries.get(name)!;
  const path = pathOf(source, name);
  const read = async (): Promise<LoraModule | Uint8Array | undefined> => {
    if (path === undefined) return undefined;
    const given = await source.read(path);
    if (!(given instanceof Uint8Array)) refuseDora([[path, given]], unaddable);
    return given;
  };
  const aborted = async (): Promise<void> => signal?.throwIfAborted();
  async function* bytesOf(given: LoraModule | Uint8Array | undefined): AsyncGenerator<Uint8Array> {
    if (given instanceof Uint8Array) yield given;
    else if (given !== undefined) yield* sumRows(checkpoint, name, given);
    else for (const block of rowBlocks(end - begin, 1)) yield await checkpoint.readBytes(name, block);
  }
  return {
    dtype,
    shape,
    async *chunks() {
      start();
      const given = await watch(read());
      await watch(aborted());
      for await (const bytes of bytesOf(given)) {
        yield bytes;
        await watch(aborted());
      }
    },
  };
}

function assertAddable(adapter: BaseUpdates, entries: ReadonlyMap<string, TensorEntry>, base: string): void {
  const shapes = new Map(
    [...entries].flatMap(([name, { shape }]) => {
      const [outFeatures, inFeatures] = shape;
      if (!name.endsWith(weightSuffix) || shape.length !== 2) return [];
      return [[name.slice(0, -weightSuffix.length), { outFeatures: outFeatures!, inFeatures: inFeatures! }] as const];
    }),
  );
  // A layer without factors has no update: that is no misfit here.
  const misfits = checkAgainstBase(adapter, shapes).filter(({ kind }) => kind !== "missing");
  const dtypes = [...entries].flatMap(([name, { dtype }]) =>
    pathOf(adapter, name) === undefined || isFloatDtype(dtype)
      ? []
      : [`${name}: expected F32, F16 or BF16 to add to, found ${dtype}`],
  );
  const problems = [...misfits.map(({ message }) => message), ...dtypes];
  if (problems.length > 0) throw new LoraError("E_BASE", problems, { file: base });
}

function cardOf(adapter: AdapterOutline, { base, title }: { base: string; title: string }): string {
  const text = "The base model with a LoRA's update added to its weights.";
  const named = { ...adapter, baseModel: adapter.baseModel ?? basename(base) };
  const ranks = new Set([...adapter.modules.values()].map(({ rank }) => rank));
  const rank = [...ranks].toSorted((a, b) => a - b).join(", ");
  return modelCard(named, { rank, dtype: "as in the base", merged: true, card: { title, text } });
}
