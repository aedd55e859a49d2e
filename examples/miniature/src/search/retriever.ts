/** Finds the passage that a query asks for: the one of that title, else the one whose title shares most trigrams with the query (Jaccard). */
export function createRetriever<T>(passages: ReadonlyMap<string, T>): (query: string) => T {
  const titles = Array.from(passages, ([title, passage]) => ({ title, passage, trigrams: trigramsOf(title) }));
  return (query) => {
    const asked = query.trim().toLowerCase();
    const exact = passages.get(asked);
    if (exact !== undefined) return exact;
    const trigrams = trigramsOf(asked);
    let best = titles[0];
    let bestSimilarity = -1;
    for (const candidate of titles) {
      const shared = trigrams.intersection(candidate.trigrams).size;
      const similarity = shared / (trigrams.size + candidate.trigrams.size - shared);
      if (similarity > bestSimilarity) [best, bestSimilarity] = [candidate, similarity];
    }
    if (best === undefined) throw new RangeError("createRetriever: expected passages, got none");
    return best.passage;
  };
}

function trigramsOf(text: string): Set<string> {
  const padded = `  ${text} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, i) => padded.slice(i, i + 3)));
}
