import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FlowGraph, minimumCut } from "./minimum-cut.ts";

const sorted = (vertices: Iterable<number>): number[] => [...vertices].sort((a, b) => a - b);

/** Whether a way from a source to a sink avoids all of `removed`. */
function isConnected({ edges, sources, sinks }: FlowGraph, removed: ReadonlySet<number>): boolean {
  const reached = new Set([...sources].filter((v) => !removed.has(v)));
  for (const vertex of reached) {
    for (const [from, to] of edges) if (from === vertex && !removed.has(to)) reached.add(to);
  }
  return [...sinks].some((v) => reached.has(v));
}

const capacity = (graph: FlowGraph, vertices: Iterable<number>): number =>
  [...vertices].reduce((sum, v) => sum + graph.capacities[v]!, 0);

describe("minimumCut", () => {
  it("takes the narrowest vertices, and of equally narrow ones those nearest the sink", () => {
    // 0 → 1 → 2 → 3
    const chain = (capacities: number[]) =>
      minimumCut({
        capacities,
        edges: [
          [0, 1],
          [1, 2],
          [2, 3],
        ],
        sources: [0],
        sinks: [3],
      });
    expect([...chain([5, 2, 3, 9])]).toEqual([1]);
    expect([...chain([5, 2, 2, 9])]).toEqual([2]);
    expect([...chain([1, 2, 2, 1])]).toEqual([3]);
  });

  it("cuts a diamond where it is cheapest: both arms, or what they are made of", () => {
    const diamond = (arms: number): number[] =>
      sorted(
        minimumCut({
          capacities: [4, arms, arms, 100],
          edges: [
            [0, 1],
            [0, 2],
            [1, 3],
            [2, 3],
          ],
          sources: [0],
          sinks: [3],
        }),
      );
    expect(diamond(3)).toEqual([0]);
    expect(diamond(1)).toEqual([1, 2]);
  });

  it("is a cut, and none is smaller", () => {
    const graph = fc.integer({ min: 2, max: 9 }).chain((count) =>
      fc.record({
        capacities: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count }),
        edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 3 * count }),
        sources: fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: 3 }),
        sinks: fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: 3 }),
      }),
    );
    fc.assert(
      fc.property(graph, (graph) => {
        const cut = minimumCut(graph);
        expect(isConnected(graph, cut)).toBe(false);
        const subsets = Array.from({ length: 2 ** graph.capacities.length }, (_, bits) =>
          graph.capacities.flatMap((_, v) => ((bits >> v) & 1 ? [v] : [])),
        );
        const best = Math.min(
          ...subsets.filter((set) => !isConnected(graph, new Set(set))).map((set) => capacity(graph, set)),
        );
        expect(capacity(graph, cut)).toBe(best);
      }),
    );
  });

  it("needs no stack as deep as a long graph", () => {
    const count = 3000;
    const edges = Array.from({ length: count - 1 }, (_, i) => [i, i + 1] as const);
    const capacities = Array.from({ length: count }, (_, i) => (i === 1234 ? 1 : 2));
    expect([...minimumCut({ capacities, edges, sources: [0], sinks: [count - 1] })]).toEqual([1234]);
  });
});
