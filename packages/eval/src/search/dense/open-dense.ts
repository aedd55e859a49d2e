import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Index } from "usearch";
import { EvalError } from "../../errors.ts";
import { readRange } from "../bm25/index-file.ts";
import type { OpenedIndex } from "../bm25/open-index.ts";
import type { ScoredDocument } from "../document.ts";
import { parsePassage } from "../read-corpus.ts";
import { type DenseMeta, denseFiles, readDenseMeta } from "./dense-files.ts";
import type { Embed } from "./embedder.ts";
import { createVectorIndex } from "./vector-index.ts";

/** The index, mapped into memory. */
async function viewVectors(folder: string, { dimensions }: DenseMeta): Promise<Index> {
  const index = await createVectorIndex(dimensions);
  const path = join(folder, denseFiles.vectors);
  try {
    index.view(path);
  } catch (cause) {
    throw new EvalError("E_INDEX", `${path}: expected usearch's file, got ${(cause as Error).message}`, { cause });
  }
  if (index.dimensions() === dimensions) return index;
  throw new EvalError("E_INDEX", `${path}: expected ${dimensions} dimensions, got ${index.dimensions()}`);
}

async function openCorpus(path: string, { corpusBytes }: DenseMeta): Promise<FileHandle> {
  const corpus = await open(path).catch((cause: Error): never => {
    throw new EvalError("E_FILE", `${path}: expected the corpus, got ${cause.message}`, { cause });
  });
  const { size } = await corpus.stat();
  if (size === corpusBytes) return corpus;
  await corpus.close();
  throw new EvalError("E_INDEX", `${path}: expected the corpus of the index, ${corpusBytes} bytes, got ${size}`);
}

/**
 * Opens an index that `indexDense` wrote: its vectors are mapped into memory, passages read from the corpus as they are found. Scores are cosines.
 *
 * @param embed takes the names of a model and gives its vectors, which must be of the index's length
 * @throws {EvalError} E_FILE, E_USEARCH; E_INDEX for a folder that is no index, or not of this corpus; when asked, E_PORT and what `embed` throws
 */
export async function openDense(
  indexPath: string,
  corpusPath: string,
  { embedderOf }: { readonly embedderOf: (model: string) => Embed },
): Promise<OpenedIndex> {
  const meta = await readDenseMeta(indexPath);
  const index = await viewVectors(indexPath, meta);
  const placesPath = join(indexPath, denseFiles.places);
  const bytes = Uint8Array.from(await readFile(placesPath).catch(() => Buffer.alloc(0)));
  if (bytes.length !== 16 * meta.passages) {
    throw new EvalError("E_INDEX", `${placesPath}: expected ${16 * meta.passages} bytes, got ${bytes.length}`);
  }
  const places = new Float64Array(bytes.buffer);
  const corpus = await openCorpus(corpusPath, meta);
  const embed = embedderOf(meta.model);

  const read = async (passage: number, distance: number): Promise<ScoredDocument> => {
    const line = await readRange(corpus, places[2 * passage]!, places[2 * passage + 1]!);
    return { ...parsePassage(line, `${corpusPath}: passage ${passage}`)!, score: 1 - distance };
  };
  const find = (vector: Float32Array, topK: number): Promise<ScoredDocument[]> => {
    if (vector.length !== meta.dimensions) {
      throw new EvalError("E_PORT", `embed: query — expected ${meta.dimensions} numbers, got ${vector.length}`);
    }
    // Nothing lies in the direction of nothing.
    if (vector.every((x) => x === 0)) return Promise.resolve([]);
    const { keys, distances } = index.search(vector, topK, 1);
    return Promise.all(Array.from(keys, (key, i) => read(Number(key), distances[i]!)));
  };
  return {
    async retrieve(queries, topK) {
      if (queries.length === 0) return [];
      const vectors = await embed(queries.map((query) => meta.queryPrefix + query));
      if (vectors.length !== queries.length) {
        throw new EvalError("E_PORT", `embed: vectors — expected ${queries.length}, got ${vectors.length}`);
      }
      return Promise.all(vectors.map((vector) => find(vector, topK)));
    },
    size: meta.passages,
    close: () => corpus.close(),
  };
}
