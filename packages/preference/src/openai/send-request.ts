import type { Fetch } from "./fetch.ts";
import { retryAfter } from "./retry-delay.ts";
import { withDeadline } from "./with-deadline.ts";

/** How one attempt ended. */
export type Attempt =
  | { readonly kind: "reply"; readonly text: string }
  /** Worth trying again. */
  | {
      readonly kind: "failed";
      readonly overloaded: boolean;
      readonly timedOut: boolean;
      readonly after?: number | undefined;
      readonly why: string;
    }
  /** The server will not do it, however often it is asked. */
  | { readonly kind: "refused"; readonly status: number; readonly why: string };

export interface RequestToSend {
  readonly url: string;
  readonly key: string | undefined;
  /** Sent by POST; GET without it. */
  readonly body?: unknown;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** Statuses that pass: the request came too early or too late, too often, or the server is in trouble. */
const passing = (status: number): boolean => status === 408 || status === 409 || status === 425 || status >= 500;

const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? `${error.message}: ${cause.message}` : error.message;
};

const excerpt = (text: string): string => text.replaceAll(/\s+/g, " ").trim().slice(0, 200);

/** One attempt; it throws nothing but the signal's reason. `timeout` is in ms and covers the whole reply. */
export async function sendRequest(fetch: Fetch, { url, key, body, timeout, signal }: RequestToSend): Promise<Attempt> {
  const outcome = await withDeadline(
    async (signal) => {
      const { status, headers, ...response } = await fetchText(fetch, { url, key, body, signal });
      return { status, after: retryAfter(headers.get("retry-after"), Date.now()), text: response.text };
    },
    { ms: timeout, signal },
  );
  if ("timedOut" in outcome)
    return { kind: "failed", overloaded: true, timedOut: true, why: `no whole answer within ${timeout / 1000} s` };
  if ("error" in outcome) return { kind: "failed", overloaded: false, timedOut: false, why: causeOf(outcome.error) };
  const { status, after, text } = outcome.value;
  if (status >= 200 && status < 300) return { kind: "reply", text };
  const why = `HTTP ${status} ${excerpt(text)}`.trim();
  if (status === 429 || status === 503) return { kind: "failed", overloaded: true, timedOut: false, after, why };
  return passing(status)
    ? { kind: "failed", overloaded: false, timedOut: false, after, why }
    : { kind: "refused", status, why };
}

async function fetchText(
  fetch: Fetch,
  { url, key, body, signal }: Pick<RequestToSend, "url" | "key" | "body"> & { readonly signal: AbortSignal },
) {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
