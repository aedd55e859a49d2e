import type { Provider } from "../completion.ts";
import { PreferenceError } from "../errors.ts";
import type { GenerateRequest } from "../generate.ts";
import type { ResponseStore } from "./response-store.ts";

export interface CollectCounts {
  prompts: number;
  /** Were in the store before. */
  stored: number;
  /** Answered and stored now. */
  answered: number;
  /** The same prompt again. */
  repeated: number;
  /** Not answered; not stored, so that the next run asks again. */
  failed: number;
  /** Of the answers given now, where the server counts them. */
  tokens: { prompt: number; completion: number };
  /** Why it ended before the last prompt. */
  stopped?: "budget";
}

export interface CollectOptions {
  /** Once; ids and prompts are all that is read. */
  readonly items: Iterable<GenerateRequest> | AsyncIterable<GenerateRequest>;
  readonly provider: Provider;
  /** Opened with the provider's identity. */
  readonly store: ResponseStore;
  readonly signal?: AbortSignal | undefined;
  /** Called with the end of each prompt; no further prompt is asked once it is true, a budget being spent. */
  readonly stopWhen?: ((counts: Readonly<CollectCounts>) => boolean) | undefined;
  /** So many failures in a row are taken for the server's, not the prompts'. Default 100. */
  readonly maxFailuresInARow?: number | undefined;
  readonly onProgress?: ((counts: Readonly<CollectCounts>) => void) | undefined;
  readonly onFailure?: ((id: string, error: PreferenceError) => void) | undefined;
}

/**
 * Has every prompt answered that the store has no answer to. Ends early, with all that was answered in the store, when the signal fires.
 *
 * @throws PreferenceError E_PROVIDER when no prompt can be answered, E_WRITE when the store takes none; the signal's reason
 */
export async function collectResponses(options: CollectOptions): Promise<CollectCounts> {
  const { items, provider, store, signal, stopWhen, maxFailuresInARow = 100 } = options;
  const counts: CollectCounts = {
    prompts: 0,
    stored: 0,
    answered: 0,
    repeated: 0,
    failed: 0,
    tokens: { prompt: 0, completion: 0 },
  };
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });

  const underWay = new Set<string>();
  let failuresInARow = 0;

  const ask = async ({ id, prompt, tools }: GenerateRequest, key: string) => {
    try {
      const completions = await provider.complete(prompt, { signal: stop.signal, tools });
      await store.put(key, completions);
      failuresInARow = 0;
      counts.answered++;
      counts.tokens.prompt += completions[0]?.usage?.prompt ?? 0;
      counts.tokens.completion += completions[0]?.usage?.completion ?? 0;
    } catch (error) {
      if (!(error instanceof PreferenceError) || error.code !== "E_REQUEST") throw error;
      counts.failed++;
      options.onFailure?.(id, error);
      if (++failuresInARow < maxFailuresInARow) return;
      const problem = `${provider.model} — expected answers, got ${failuresInARow} failures in a row; the last: ${error.message}`;
      throw new PreferenceError("E_PROVIDER", [problem], { cause: error });
    }
  };

  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const work = async () => {
    while (!stop.signal.aborted && counts.stopped === undefined) {
      const next = await iterator.next();
      if (next.done === true) return;
      const key = store.keyOf(next.value.prompt, next.value.tools);
      counts.prompts++;
      if (underWay.has(key)) counts.repeated++;
      else if (store.has(key)) counts.stored++;
      else {
        underWay.add(key);
        await ask(next.value, key).finally(() => underWay.delete(key));
      }
      if (stopWhen?.(counts) === true) counts.stopped = "budget";
      options.onProgress?.(counts);
    }
  };

  try {
    const workers = Array.from({ length: provider.concurrency }, () =>
      work().catch((error: unknown) => {
        stop.abort(error);
      }),
    );
    await Promise.all(workers);
    stop.signal.throwIfAborted();
    return counts;
  } finally {
    signal?.removeEventListener("abort", abort);
    await iterator.return?.();
  }
}
