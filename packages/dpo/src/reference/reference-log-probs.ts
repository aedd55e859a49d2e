import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CausalLm, type LoraWeights, type PromptRow, score } from "@prefdelta/causal-lm";
import { z } from "zod";
import { throwIfAborted } from "../abort.ts";
import { contentHash } from "../content-hash.ts";
import { loraHash } from "./lora-hash.ts";
import { writeDurably } from "../write-durably.ts";

const chunkSchema = z.strictObject({ logProbs: z.array(z.number()) });

/** Rows scored, and kept, together. A chunk's numbers depend on its own rows alone: a run that was cut off goes on with the same numbers. */
const CHUNK_ROWS = 128;

/** A list of rows, or one whose parts are read when they are wanted. */
export interface PromptRows {
  readonly length: number;
  /** As an array's. */
  slice(start: number, end: number): readonly PromptRow[] | Promise<readonly PromptRow[]>;
}

interface ReferenceOptions {
  /** The store: may be shared between runs. Files are named by a hash of all that their numbers depend on. */
  readonly folder: string;
  /** An adapter that the reference has on the base. */
  readonly lora?: LoraWeights | undefined;
  readonly onProgress?: ((rowsDone: number, rows: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A chunk's numbers, or nothing where they were never stored or cannot be read: they can be had again. */
async function readChunk(path: string, sequences: number): Promise<number[] | undefined> {
  try {
    const { logProbs } = chunkSchema.parse(JSON.parse(await readFile(path, "utf8")));
    return logProbs.length === sequences ? logProbs : undefined;
  } catch {
    return undefined;
  }
}

/** `adapter`: the hash of what the reference has on the base, if it has anything. */
const chunkKey = (lm: CausalLm, rows: readonly PromptRow[], adapter: string | undefined): string =>
  contentHash([
    {
      base: lm.hash,
      template: lm.tokenizer.templateHash,
      runtime: lm.runtime.description,
      storage: lm.storage,
      // Which rows are scored together.
      ...(lm.memoryBytes === undefined ? {} : { memory: lm.memoryBytes }),
      ...(adapter === undefined ? {} : { adapter }),
    },
    ...rows,
  ]);

/**
 * log π_ref of every completion, in row order: the log-probs of the base, or of the base with `lora`. Each is computed once and kept in `folder`;
 * there, a file, of some rows, is named by the sha256 of base, adapter, chat template, runtime, storage, the memory given, tokens and masks. Memory: the numbers, and
 * a file's rows.
 *
 * @throws {DpoError} E_ABORTED
 */
export async function referenceLogProbs(
  lm: CausalLm,
  rows: PromptRows,
  { folder, lora, onProgress, signal }: ReferenceOptions,
): Promise<Float64Array> {
  await mkdir(folder, { recursive: true });
  const adapter = lora && loraHash(lora);
  const all: number[] = [];
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    throwIfAborted(signal, `after the reference log-probs of ${start} of ${rows.length} pairs`);
    const chunk = await rows.slice(start, start + CHUNK_ROWS);
    const sequences = chunk.reduce((count, { completions }) => count + completions.length, 0);
    const path = join(folder, `${chunkKey(lm, chunk, adapter)}.json`);
    let logProbs = await readChunk(path, sequences);
    if (!logProbs) {
      const told = (done: number): void => onProgress?.(start + done, rows.length);
      const scored = await score(lm, chunk, { ...(lora ? { lora } : {}), onProgress: told });
      logProbs = [...scored.logProbs];
      await writeDurably(path, JSON.stringify({ logProbs }));
    }
    for (const logProb of logProbs) all.push(logProb);
    onProgress?.(start + chunk.length, rows.length);
  }
  return Float64Array.from(all);
}
