import { stat } from "node:fs/promises";
import { EvalError } from "../../errors.ts";
import { contentsOf } from "../document.ts";
import { streamCorpus } from "../read-corpus.ts";
import { type Bm25Options, buildBm25 } from "./build-index.ts";
import { bytesOf, writeIndex } from "./index-file.ts";

export interface IndexCorpusOptions extends Bm25Options {
  readonly onProgress?: (passages: number) => void;
}

/**
 * Indexes a corpus of `{id, contents}` lines for BM25 and writes the index to a file, there whole or not at all. The corpus is read once, as a
 * stream; in memory are its vocabulary and 6 to 14 bytes for each term of each passage.
 *
 * @throws {EvalError} E_FILE, E_ROW, E_EMPTY_CORPUS
 */
export async function indexCorpus(
  corpusPath: string,
  indexPath: string,
  { onProgress, ...options }: IndexCorpusOptions = {},
): Promise<{ readonly passages: number; readonly terms: number }> {
  const builder = buildBm25(options);
  const places: number[] = []; // start and end of each passage
  for await (const { document, start, end } of streamCorpus(corpusPath)) {
    builder.add(contentsOf(document));
    places.push(start, end);
    if (places.length % 20_000 === 0) onProgress?.(places.length / 2);
  }
  if (places.length === 0) throw new EvalError("E_EMPTY_CORPUS", `${corpusPath}: expected a passage, got none`);
  const index = builder.finish();
  const { size: corpusBytes } = await stat(corpusPath);
  await writeIndex(
    indexPath,
    { k1: index.k1, b: index.b, size: index.size, corpusBytes },
    {
      terms: Buffer.from([...index.terms.keys()].join("\n")),
      starts: bytesOf(index.starts),
      passages: bytesOf(Float64Array.from(places)),
      documents: bytesOf(index.all.documents),
      impacts: bytesOf(index.all.impacts),
    },
  );
  return { passages: index.size, terms: index.terms.size };
}
