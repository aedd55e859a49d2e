import { setTimeout as sleep } from "node:timers/promises";

import { CliError } from "../errors.ts";

export interface CompletionsClientOptions {
  /** Base address, `/v1` included. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly key?: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  /** Attempts after the first, of what may pass: no answer, 429 and 5xx. */
  readonly retries?: number;
  /** Before the first of them; each next one waits twice as long. */
  readonly backoffMs?: number;
  /** Of one attempt. */
  readonly timeoutMs?: number;
}

/** Posts JSON below the base address, and gives the JSON that came back. @throws CliError E_SERVERS, E_INTERRUPTED's cause is the signal */
export type PostJson = (path: string, body: object) => Promise<unknown>;

type Attempt =
  | { readonly answer: unknown }
  | { readonly got: string; readonly passing: boolean; readonly cause?: unknown };

async function attempt(address: string, body: object, options: CompletionsClientOptions): Promise<Attempt> {
  const { key, fetch, signal, timeoutMs = 600_000 } = options;
  let status: number;
  let text: string;
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    const { message, cause: reason } = cause as Error;
    const got = reason instanceof Error ? `${message} (${reason.message})` : message;
    return { got, passing: !signal.aborted, cause };
  }
  if (status !== 200) {
    return { got: `status ${status}: ${text.slice(0, 200)}`, passing: status === 429 || status >= 500 };
  }
  try {
    return { answer: JSON.parse(text) as unknown };
  } catch (cause) {
    return { got: `no JSON: ${text.slice(0, 60)}`, passing: true, cause };
  }
}

/** A server that speaks OpenAI's protocol. What fails in passing is tried again. */
export function completionsClient(options: CompletionsClientOptions): PostJson {
  const { url, signal, retries = 4, backoffMs = 500 } = options;
  return async (path, body) => {
    const address = `${url.replace(/\/+$/, "")}/${path}`;
    for (let tried = 1; ; tried++) {
      const outcome = await attempt(address, body, options);
      if ("answer" in outcome) return outcome.answer;
      if (!outcome.passing || tried > retries) {
        const times = tried === 1 ? "" : ` in ${tried} attempts`;
        const message = `${address}: expected an answer${times}, got ${outcome.got}`;
        throw new CliError("E_SERVERS", message, { cause: outcome.cause });
      }
      await sleep(backoffMs * 2 ** (tried - 1), undefined, { signal });
    }
  };
}
