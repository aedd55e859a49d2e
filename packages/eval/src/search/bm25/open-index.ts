import { type FileHandle, open } from "node:fs/promises";
import { EvalError } from "../../errors.ts";
import type { Document, RetrieveScored } from "../document.ts";
import { parsePassage } from "../read-corpus.ts";
import { bm25Retriever } from "./bm25-retriever.ts";
import { type IndexSection, readHeader, readRange } from "./index-file.ts";
import { cachePostings } from "./postings-cache.ts";
import type { Postings } from "./search-index.ts";

/** A retriever over files; `close` when it is done with. */
export interface OpenedIndex {
  readonly retrieve: RetrieveScored;
  readonly size: number;
  readonly close: () => Promise<void>;
}

export interface OpenIndexOptions {
  /** Postings kept in memory, 128 MiB by default. */
  readonly cacheBytes?: number;
}

/**
 * Opens an index that `indexCorpus` wrote. Vocabulary and places are read at once; postings and passages are read from the files for each
 * query, and the postings asked for last are kept (Node has no memory maps).
 *
 * @throws {EvalError} E_FILE; E_INDEX for a file that is no index, or not of this corpus
 */
export async function openBm25(
  indexPath: string,
  corpusPath: string,
  { cacheBytes = 128 * 2 ** 20 }: OpenIndexOptions = {},
): Promise<OpenedIndex> {
  const files: FileHandle[] = [];
  const close = async (): Promise<void> => void (await Promise.all(files.map((file) => file.close())));
  try {
    const file = await open(indexPath);
    files.push(file);
    const corpus = await open(corpusPath);
    files.push(corpus);
    const header = await readHeader(file, indexPath);
    const { size: corpusBytes } = await corpus.stat();
    if (corpusBytes !== header.corpusBytes) {
      const message = `${indexPath}: expected the index of ${corpusPath} (${corpusBytes} bytes), got that of a corpus of ${header.corpusBytes}`;
      throw new EvalError("E_INDEX", message);
    }
    const section = (name: IndexSection, from: number, to: number): Promise<Buffer<ArrayBuffer>> => {
      const start = header.body + header.sections[name].offset;
      return readRange(file, start + from, start + to);
    };
    const whole = (name: IndexSection) => section(name, 0, header.sections[name].bytes);
    const terms = new Map(
      (await whole("terms"))
        .toString()
        .split("\n")
        .filter(Boolean)
        .map((term, i) => [term, i]),
    );
    const starts = new Float64Array((await whole("starts")).buffer);
    const places = new Float64Array((await whole("passages")).buffer);
    const readPostings = async (term: number): Promise<Postings> => {
      const [from, to] = [4 * starts[term]!, 4 * starts[term + 1]!];
      const [documents, impacts] = await Promise.all([section("documents", from, to), section("impacts", from, to)]);
      return { documents: new Uint32Array(documents.buffer), impacts: new Float32Array(impacts.buffer) };
    };
    const postings = cachePostings(readPostings, cacheBytes);
    const read = async (document: number): Promise<Document> => {
      const bytes = await readRange(corpus, places[2 * document]!, places[2 * document + 1]!);
      return parsePassage(bytes, `${corpusPath}: passage ${document}`)!;
    };
    return { retrieve: bm25Retriever({ size: header.size, terms, postings }, read), size: header.size, close };
  } catch (cause) {
    await close();
    if (cause instanceof EvalError) throw cause;
    throw new EvalError(
      "E_FILE",
      `${indexPath}, ${corpusPath}: expected to read both, got ${(cause as Error).message}`,
      { cause },
    );
  }
}
