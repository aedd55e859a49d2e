/** No longer than this is a server's Retry-After obeyed, in ms: a date far off is a clock that is wrong. */
const longest = 3_600_000;

/** A Retry-After header in ms, from seconds or an HTTP date (RFC 9110 §10.2.3); undefined where there is none to be read. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longest);
}

export interface RetryDelayInput {
  /** 0 for the first retry. */
  readonly retry: number;
  /** In ms. */
  readonly backoff: { readonly first: number; readonly max: number };
  /** What the server asked for, in ms. */
  readonly after: number | undefined;
  /** Uniform in [0, 1). */
  readonly uniform: number;
}

/**
 * The wait before a retry, in ms: exponential backoff with full jitter (Brooker 2015, "Exponential Backoff And Jitter"), and never less than
 * the server asked for. The jitter comes on top of the server's wish, so that those who were told the same do not come back together.
 */
export function retryDelay({ retry, backoff, after, uniform }: RetryDelayInput): number {
  const jitter = uniform * Math.min(backoff.max, backoff.first * 2 ** retry);
  return after === undefined ? jitter : after + uniform * backoff.first;
}
