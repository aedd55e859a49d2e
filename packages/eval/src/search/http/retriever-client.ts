import { z } from "zod";
import { EvalError } from "../../errors.ts";
import type { RetrieveScored } from "../document.ts";
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
    let status: number;
    let text: string;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ queries, topk: topK, return_scores: true }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      const { message, cause: reason } = cause as Error;
      const got = reason instanceof Error ? `${message} (${reason.message})` : message;
      throw new EvalError("E_SERVER", `${url}: expected an answer, got ${got}`, { cause });
    }
    if (status !== 200)
      throw new EvalError("E_SERVER", `${url}: expected status 200, got ${status}: ${text.slice(0, 200)}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new EvalError("E_PORT", `${url}: expected JSON, got ${text.slice(0, 60)}`, { cause });
    }
    const parsed = retrieveResponse.safeParse(value);
    if (!parsed.success) throw new EvalError("E_PORT", `${url}: answer — ${z.prettifyError(parsed.error)}`);
    const { result } = parsed.data;
    if (result.length !== queries.length) {
      throw new EvalError("E_PORT", `${url}: results — expected ${queries.length}, one a query, got ${result.length}`);
    }
    return result.map((hits) => hits.slice(0, topK).map(fromWire));
  };
