import { createRetrieverClient } from "@prefdelta/eval";
import type { Retrieve } from "@prefdelta/eval";
import { openBm25 } from "@prefdelta/eval/node";

import { CliError } from "../errors.ts";

export interface OpenedRetriever {
  readonly retrieve: Retrieve;
  readonly close: () => Promise<void>;
}

/**
 * The search tool of open questions: a server that speaks Search-R1's `/retrieve`, or an index that `pda retriever index` wrote and its corpus.
 *
 * @throws CliError E_USAGE, EvalError E_FILE, E_INDEX
 */
export async function openRetriever(
  where: string | undefined,
  { corpus, fetch }: { readonly corpus: string | undefined; readonly fetch: typeof globalThis.fetch },
): Promise<OpenedRetriever | undefined> {
  const isUrl = where !== undefined && /^https?:\/\//.test(where);
  if (where !== undefined && !isUrl && corpus !== undefined) return openBm25(where, corpus);
  if (corpus !== undefined) throw new CliError("E_USAGE", "--corpus: expected --retriever INDEX with it");
  if (where === undefined) return undefined;
  if (isUrl) return { retrieve: createRetrieverClient(where, { fetch }), close: () => Promise.resolve() };
  throw new CliError("E_USAGE", `--retriever ${where}: expected a URL, or --corpus with the index`);
}
