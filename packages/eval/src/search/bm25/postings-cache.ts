import type { Postings } from "./search-index.ts";

/**
 * Keeps the postings that were asked for last, up to a number of bytes: a few frequent terms are most of what queries read. Lists larger than all
 * of it are not kept.
 */
export function cachePostings(
  read: (term: number) => Promise<Postings>,
  maxBytes: number,
): (term: number) => Promise<Postings> {
  const kept = new Map<number, Postings>(); // the one asked for longest ago first
  const bytesOf = ({ documents, impacts }: Postings): number => documents.byteLength + impacts.byteLength;
  let bytes = 0;
  return async (term) => {
    const known = kept.get(term);
    const postings = known ?? (await read(term));
    // Two queries may have read the same list meanwhile.
    const same = kept.get(term);
    if (same !== undefined) {
      kept.delete(term);
      bytes -= bytesOf(same);
    }
    if (bytesOf(postings) > maxBytes) return postings;
    kept.set(term, postings);
    bytes += bytesOf(postings);
    for (const [oldest, list] of kept) {
      if (bytes <= maxBytes) break;
      kept.delete(oldest);
      bytes -= bytesOf(list);
    }
    return postings;
  };
}
