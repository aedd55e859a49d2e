import { EvalError } from "../errors.ts";

/** One call of a port: what it was given, and what it gave back. JSON throughout. */
export interface CassetteEntry {
  /** Which port: "model", "retrieve", … */
  readonly port: string;
  readonly request: readonly unknown[];
  readonly response: unknown;
}

/** A model or a retriever, as the agent and the tasks see them: asynchronous, from JSON to JSON. */
type Port<A extends readonly unknown[], R> = (...request: A) => Promise<R>;

/** A port that tells every call it answered, one after another, before the answer is given back. Calls that fail are not told. */
export function recordCalls<A extends readonly unknown[], R>(
  port: string,
  call: Port<A, R>,
  tell: (entry: CassetteEntry) => void | Promise<void>,
): Port<A, R> {
  return async (...request) => {
    // As it was when it was asked: the agent goes on to write into its conversations.
    const asked = JSON.parse(JSON.stringify(request)) as unknown[];
    const response = await call(...request);
    await tell({ port, request: asked, response });
    return response;
  };
}

/**
 * A port that answers from recorded calls alone. A request must be recorded to the letter; one that was asked several times gets its answers in
 * their order, and no more often.
 *
 * @throws {EvalError} (when it is asked) E_CASSETTE for what was not recorded, or not so often
 */
export function replayCalls<A extends readonly unknown[], R>(
  port: string,
  entries: readonly CassetteEntry[],
): Port<A, R> {
  const answers = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.port !== port) continue;
    const key = JSON.stringify(entry.request);
    // Texts, so that no caller changes what the next one gets.
    const response = JSON.stringify(entry.response);
    const known = answers.get(key);
    if (known === undefined) answers.set(key, [response]);
    else known.push(response);
  }
  return async (...request) => {
    const key = JSON.stringify(request);
    const response = answers.get(key)?.shift();
    if (response === undefined) {
      const got = `${answers.has(key) ? "once more than it was recorded: " : ""}${key.slice(0, 300)}`;
      throw new EvalError("E_CASSETTE", `${port}: expected a recorded request, got ${got}`);
    }
    return JSON.parse(response) as R;
  };
}
