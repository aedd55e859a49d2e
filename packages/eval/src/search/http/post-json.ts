import { EvalError } from "../../errors.ts";

export interface PostOptions {
  readonly fetch: typeof fetch;
  /** Sent as a bearer token. */
  readonly key?: string | undefined;
  /** Of one request, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Posts JSON, and gives the JSON that came back.
 *
 * @throws {EvalError} E_SERVER when the server is not there, is too slow or answers with an error; E_PORT when the answer is no JSON
 */
export async function postJson(url: string, body: object, { fetch, key, timeoutMs }: PostOptions): Promise<unknown> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    const { message, cause: reason } = cause as Error;
    const got = reason instanceof Error ? `${message} (${reason.message})` : message;
    throw new EvalError("E_SERVER", `${url}: expected an answer, got ${got}`, { cause });
  }
  if (status !== 200) {
    throw new EvalError("E_SERVER", `${url}: expected status 200, got ${status}: ${text.slice(0, 200)}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new EvalError("E_PORT", `${url}: expected JSON, got ${text.slice(0, 60)}`, { cause });
  }
}
