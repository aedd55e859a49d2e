import { setTimeout as sleep } from "node:timers/promises";

import { retryDelay, sendRequest } from "@prefdelta/preference";
import type { Attempt, Fetch } from "@prefdelta/preference";
import { createRandom } from "@prefdelta/random";
import type { Random } from "@prefdelta/random";

import { CliError } from "../errors.ts";
import { interrupted } from "../stages/interrupted.ts";

export interface CompletionsClientOptions {
  /** Base address, `/v1` included. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly key?: string | undefined;
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  /** Attempts after the first, of what may pass: no answer, 429 and 5xx. */
  readonly retries?: number;
  /** The wait before retry k is drawn from 0 to this times 2ᵏ, and never less than the server asks for. */
  readonly backoffMs?: number;
  /** Of one attempt. */
  readonly timeoutMs?: number;
  /** For the jitter alone. */
  readonly random?: Random;
}

/** Posts JSON below the base address, and gives the JSON that came back. @throws CliError E_SERVERS, E_INTERRUPTED */
export type PostJson = (path: string, body: object) => Promise<unknown>;

const longestBackoff = 30_000;

type Outcome = { readonly kind: "answer"; readonly answer: unknown } | Exclude<Attempt, { readonly kind: "reply" }>;

/** A reply that is no JSON came from a server in trouble. */
function readJson(attempt: Attempt): Outcome {
  if (attempt.kind !== "reply") return attempt;
  try {
    return { kind: "answer", answer: JSON.parse(attempt.text) as unknown };
  } catch {
    return { kind: "failed", overloaded: false, timedOut: false, why: `no JSON: ${attempt.text.slice(0, 60)}` };
  }
}

/** A server that speaks OpenAI's protocol. What fails in passing is tried again. */
export function completionsClient(options: CompletionsClientOptions): PostJson {
  const { url, key, fetch, signal, retries = 4, backoffMs = 500, timeoutMs: timeout = 600_000 } = options;
  const { random = createRandom("retries") } = options;
  const backoff = { first: backoffMs, max: longestBackoff };
  const post = async (address: string, body: object): Promise<unknown> => {
    for (let retry = 0; ; retry++) {
      const outcome = readJson(await sendRequest(fetch, { url: address, key, body, timeout, signal }));
      if (outcome.kind === "answer") return outcome.answer;
      if (outcome.kind === "refused" || retry >= retries) {
        const times = retry === 0 ? "" : ` in ${retry + 1} attempts`;
        throw new CliError("E_SERVERS", `${address}: expected an answer${times}, got ${outcome.why}`);
      }
      const delay = retryDelay({ retry, backoff, after: outcome.after, uniform: random.next() });
      await sleep(delay, undefined, { signal });
    }
  };
  return async (path, body) => {
    const address = `${url.replace(/\/+$/, "")}/${path}`;
    try {
      return await post(address, body);
    } catch (error) {
      if (signal.aborted) throw interrupted(address);
      throw error;
    }
  };
}
