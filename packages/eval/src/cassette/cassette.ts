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

type Tell = (entry: CassetteEntry) => void | Promise<void>;

/** A port that tells every call it answered, one after another, before the answer is given back. Calls that fail are not told. */
export function recordCalls<A extends readonly unknown[], R>(port: string, call: Port<A, R>, tell: Tell): Port<A, R> {
  return async (...request) => {
    // As it was when it was asked: the agent goes on to write into its conversations.
    const asked = JSON.parse(JSON.stringify(request)) as unknown[];
    const response = await call(...request);
    await tell({ port, request: asked, response });
    return response;
  };
}

/** Recorded answers by request, each given once, in their order. */
function recordedAnswers(port: string, entries: readonly CassetteEntry[]) {
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
  return {
    take: (key: string): string | undefined => answers.get(key)?.shift(),
    has: (key: string): boolean => answers.has(key),
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
  const answers = recordedAnswers(port, entries);
  return async (...request) => {
    const key = JSON.stringify(request);
    const response = answers.take(key);
    if (response !== undefined) return JSON.parse(response) as R;
    const got = `${answers.has(key) ? "once more than it was recorded: " : ""}${key.slice(0, 300)}`;
    throw new EvalError("E_CASSETTE", `${port}: expected a recorded request, got ${got}`);
  };
}

/** A port that gives recorded answers where there are some, and asks and tells what is left: a stopped run goes on where it was. */
export function resumeCalls<A extends readonly unknown[], R>(
  port: string,
  call: Port<A, R>,
  { entries, tell }: { readonly entries: readonly CassetteEntry[]; readonly tell: Tell },
): Port<A, R> {
  const answers = recordedAnswers(port, entries);
  const ask = recordCalls(port, call, tell);
  return async (...request) => {
    const response = answers.take(JSON.stringify(request));
    return response === undefined ? ask(...request) : (JSON.parse(response) as R);
  };
}

/** A port of many requests that is asked at most `size` at a time, one chunk after another; further arguments are the same for all. */
export const inChunks =
  <Q, B extends readonly unknown[], R>(
    call: (requests: readonly Q[], ...rest: B) => Promise<readonly R[]>,
    size: number,
  ) =>
  async (requests: readonly Q[], ...rest: B): Promise<R[]> => {
    const answers: R[] = [];
    for (let start = 0; start < requests.length; start += size) {
      answers.push(...(await call(requests.slice(start, start + size), ...rest)));
    }
    return answers;
  };
