import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Index } from "usearch";
import { EvalError } from "../../errors.ts";
import { bytesOf } from "../bm25/index-file.ts";
import { contentsOf } from "../document.ts";
import { streamCorpus } from "../read-corpus.ts";
import { denseFiles, type DenseMeta } from "./dense-files.ts";
import type { Embed } from "./embedder.ts";
import { createVectorIndex } from "./vector-index.ts";

export interface IndexDenseOptions {
  readonly embed: Embed;
  /** The embedding model's name, which the index keeps. */
  readonly model: string;
  /** Put before each query: "query: " for E5. */
  readonly queryPrefix?: string;
  /** Put before each passage: "passage: " for E5. */
  readonly passagePrefix?: string;
  /** Passages embedded together. */
  readonly batchSize?: number;
  readonly onProgress?: (passages: number) => void;
}

interface Built {
  readonly index: Index;
  readonly dimensions: number;
  readonly places: Float64Array;
}

async function build(corpusPath: string, options: IndexDenseOptions): Promise<Built> {
  const { embed, passagePrefix = "", batchSize = 256, onProgress } = options;
  const places: number[] = []; // start and end of each passage
  let index: Index | undefined;
  let texts: string[] = [];
  const flush = async (): Promise<void> => {
    const vectors = await embed(texts);
    index ??= await createVectorIndex(vectors[0]!.length);
    const first = places.length / 2 - texts.length;
    vectors.forEach((vector, i) => {
      if (vector.length !== index!.dimensions()) {
        const message = `embed: passage ${first + i} — expected ${index!.dimensions()} numbers, got ${vector.length}`;
        throw new EvalError("E_PORT", message);
      }
      // One thread: the graph depends on the order, and the same corpus gives the same bytes.
      if (vector.some((x) => x !== 0)) index!.add(BigInt(first + i), vector, 1);
    });
    texts = [];
    onProgress?.(places.length / 2);
  };
  for await (const { document, start, end } of streamCorpus(corpusPath)) {
    texts.push(passagePrefix + contentsOf(document));
    places.push(start, end);
    if (texts.length === batchSize) await flush();
  }
  if (texts.length > 0) await flush();
  if (index === undefined) throw new EvalError("E_EMPTY_CORPUS", `${corpusPath}: expected a passage, got none`);
  return { index, dimensions: index.dimensions(), places: Float64Array.from(places) };
}

/**
 * Embeds a corpus of `{id, contents}` lines, read once as a stream, and writes an index of its vectors to a folder, there whole or not at all. In memory are the
 * vectors in float16 and their graph.
 *
 * @throws {EvalError} E_FILE, E_ROW, E_EMPTY_CORPUS, E_USEARCH, and what `embed` throws
 */
export async function indexDense(
  corpusPath: string,
  indexPath: string,
  options: IndexDenseOptions,
): Promise<{ readonly passages: number; readonly dimensions: number }> {
  // Before anything is embedded, which takes the time.
  if (await stat(indexPath).catch(() => undefined)) {
    throw new EvalError("E_FILE", `${indexPath}: expected to write the index to a new folder, got one that is there`);
  }
  const { index, dimensions, places } = await build(corpusPath, options);
  const { model, queryPrefix = "", passagePrefix = "" } = options;
  const { size: corpusBytes } = await stat(corpusPath);
  const passages = places.length / 2;
  const meta: DenseMeta = { format: 1, model, queryPrefix, passagePrefix, dimensions, passages, corpusBytes };
  const temporary = join(dirname(indexPath), `.${basename(indexPath)}.${randomUUID()}.tmp`);
  try {
    await mkdir(temporary);
    index.save(join(temporary, denseFiles.vectors));
    await writeFile(join(temporary, denseFiles.places), bytesOf(places));
    await writeFile(join(temporary, denseFiles.meta), `${JSON.stringify(meta)}\n`);
    await rename(temporary, indexPath);
  } catch (cause) {
    await rm(temporary, { force: true, recursive: true });
    const got = (cause as Error).message;
    throw new EvalError("E_FILE", `${indexPath}: expected to write the index to a new folder, got ${got}`, { cause });
  }
  return { passages, dimensions };
}
