import { z } from "zod";
import { EvalError } from "../../errors.ts";
import type { RetrieveScored } from "../document.ts";
import { postJson } from "./post-json.ts";
import { fromWire, retrieveResponse } from "./retriever-protocol.ts";

export interface RetrieverClientOptions {
  readonly fetch: typeof fetch;
  /** Of one request, milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * A retriever behind a server that speaks Search-R1's protocol, its own included.
 *
 * @param url of the server, `/retrieve` included
 * @throws {EvalError} (when it is asked) E_SERVER when the server is not there, is too slow or answers with an error; E_PORT when the answer
 * is not what was asked for
 */
export const createRetrieverClient =
  (url: string, { fetch, timeoutMs = 60_000 }: RetrieverClientOptions): RetrieveScored =>
  async (queries, topK) => {
    if (queries.length === 0) return [];
    const value = await postJson(url, { queries, topk: topK, return_scores: true }, { fetch, timeoutMs });
    const parsed = retrieveResponse.safeParse(value);
    if (!parsed.success) throw new EvalError("E_PORT", `${url}: answer — ${z.prettifyError(parsed.error)}`);
    const { result } = parsed.data;
    if (result.length !== queries.length) {
      throw new EvalError("E_PORT", `${url}: results — expected ${queries.length}, one a query, got ${result.length}`);
    }
    return result.map((hits) => hits.slice(0, topK).map(fromWire));
  };
