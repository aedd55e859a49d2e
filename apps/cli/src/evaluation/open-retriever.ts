import { stat } from "node:fs/promises";

import { createRetrieverClient } from "@prefdelta/eval";
import type { Retrieve, RetrieveScored } from "@prefdelta/eval";
import { createEmbedder, openBm25, openDense } from "@prefdelta/eval/node";

import { CliError } from "../errors.ts";
import type { CommandArguments } from "../parse-arguments.ts";
import { readKey, urlProblem } from "./server-arguments.ts";

/** Where texts become vectors, for dense retrieval. */
export const embeddingArguments = {
  embeddings: {
    type: "string",
    valueHint: "URL",
    description: "OpenAI-compatible server of embeddings, /v1 included, for dense retrieval",
  },
  "embedding-key-env": { type: "string", valueHint: "NAME", description: "environment variable with its key" },
} satisfies CommandArguments;

export interface EmbeddingSettings {
  readonly url: string | undefined;
  readonly keyEnv: string | undefined;
}

/** The settings that those arguments give. @throws CliError E_USAGE */
export function readEmbeddingSettings(values: Readonly<Record<string, string | undefined>>): EmbeddingSettings {
  const { embeddings: url, "embedding-key-env": keyEnv } = values;
  const problem = url === undefined ? undefined : urlProblem("embeddings", url);
  if (problem !== undefined) throw new CliError("E_USAGE", problem);
  if (url === undefined && keyEnv !== undefined) {
    throw new CliError("E_USAGE", "--embedding-key-env: expected --embeddings with it");
  }
  return { url, keyEnv };
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
}

/** The embedder of a model behind a server. @throws CliError E_SERVERS when its key is not there */
export function openEmbedder(
  url: string,
  { keyEnv, env, fetch }: { readonly keyEnv: string | undefined } & Surroundings,
) {
  const key = readKey("embedding-key-env", { keyEnv, env });
  return (model: string) => createEmbedder(url, { fetch, model, key });
}

export interface OpenIndexOptions extends Surroundings {
  readonly corpus: string;
  readonly embeddings: EmbeddingSettings;
}

/** An index that `pda retriever index` wrote: a file is BM25's, a folder holds vectors. @throws CliError E_USAGE, E_SERVERS; EvalError */
export async function openIndex(index: string, { corpus, embeddings, ...rest }: OpenIndexOptions) {
  const isDense = (await stat(index).catch(() => undefined))?.isDirectory() ?? false;
  const { url, keyEnv } = embeddings;
  if (isDense && url !== undefined)
    return openDense(index, corpus, { embedderOf: openEmbedder(url, { keyEnv, ...rest }) });
  if (!isDense && url === undefined) return openBm25(index, corpus);
  const problem = isDense ? "expected the server of the index's embeddings, found none" : "no option of a BM25 index";
  throw new CliError("E_USAGE", `--embeddings: ${problem} (${index})`);
}

export interface OpenedRetriever {
  readonly retrieve: Retrieve | RetrieveScored;
  readonly close: () => Promise<void>;
}

export interface OpenRetrieverOptions extends Surroundings {
  readonly corpus: string | undefined;
  readonly embeddings: EmbeddingSettings;
}

/**
 * The search tool of open questions: a server that speaks Search-R1's `/retrieve`, or an index that `pda retriever index` wrote and its corpus.
 *
 * @throws CliError E_USAGE, E_SERVERS, EvalError E_FILE, E_INDEX
 */
export async function openRetriever(
  where: string | undefined,
  { corpus, embeddings, ...rest }: OpenRetrieverOptions,
): Promise<OpenedRetriever | undefined> {
  const isUrl = where !== undefined && /^https?:\/\//.test(where);
  if (where !== undefined && !isUrl && corpus !== undefined) return openIndex(where, { corpus, embeddings, ...rest });
  if (corpus !== undefined) throw new CliError("E_USAGE", "--corpus: expected --retriever INDEX with it");
  if (embeddings.url !== undefined) throw new CliError("E_USAGE", "--embeddings: expected --retriever INDEX with it");
  if (where === undefined) return undefined;
  if (isUrl) return { retrieve: createRetrieverClient(where, rest), close: () => Promise.resolve() };
  throw new CliError("E_USAGE", `--retriever ${where}: expected a URL, or --corpus with the index`);
}
