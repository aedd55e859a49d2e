import type { Stop } from "./stop-promises.ts";

interface ShareOptions {
  /** Who each want every module, in one order. */
  readonly takers: number;
  /** Modules that are begun and not taken by all. */
  readonly ahead: number;
  readonly stop: Stop;
}

/** A module for one of the takers, by its place among them. */
export type Take<Made> = (taker: number, path: string) => Promise<Made>;

/**
 * Begins as many modules ahead as asked, in the order in which they will be wanted, and keeps each until all have taken it. Nobody is given a
 * module before all have the one before: memory holds what is ahead, whatever the adapters' size.
 */
export function shareModules<Made>(
  paths: readonly string[],
  make: (path: string) => Promise<Made>,
  { takers, ahead, stop }: ShareOptions,
): Take<Made> {
  const begun = new Map<string, { readonly made: Promise<Made>; left: number }>();
  const counts = Array.from({ length: takers }, () => 0);
  let next = 0;
  let moved = Promise.withResolvers<void>();

  const begin = (path: string): { readonly made: Promise<Made>; left: number } => {
    const known = begun.get(path);
    if (known !== undefined) return known;
    const made = make(path);
    // What fails is told when it is its turn.
    made.catch(() => {});
    const entry = { made, left: takers };
    begun.set(path, entry);
    return entry;
  };
  return async (taker, path) => {
    while (counts[taker]! > Math.min(...counts)) await stop.unlessStopped(moved.promise);
    const wanted = begin(path);
    while (next < paths.length && begun.size < ahead) {
      const following = paths[next++]!;
      if (following !== path) begin(following);
    }
    const made = await stop.unlessStopped(wanted.made);
    wanted.left -= 1;
    if (wanted.left === 0) begun.delete(path);
    counts[taker]! += 1;
    moved.resolve();
    moved = Promise.withResolvers<void>();
    return made;
  };
}
