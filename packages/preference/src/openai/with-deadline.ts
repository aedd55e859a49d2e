/** What became of the work: its value, or why there is none. */
export type Deadlined<T> = { readonly value: T } | { readonly timedOut: true } | { readonly error: unknown };

/**
 * Gives work a signal that fires with the caller's or after `ms`. The caller's signal keeps no trace of it afterwards, as it would with
 * AbortSignal.any: one signal serves millions of requests.
 *
 * @throws the caller's reason once its signal has fired
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal | undefined },
): Promise<Deadlined<T>> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  let timedOut = false;
  const abort = () => controller.abort(signal?.reason);
  const timer = setTimeout(
    () => {
      timedOut = true;
      controller.abort(new Error(`no answer within ${ms / 1000} s`));
    },
    Math.min(ms, 2 ** 31 - 1),
  );
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return { value: await work(controller.signal) };
  } catch (error) {
    signal?.throwIfAborted();
    return timedOut ? { timedOut } : { error };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
