/** A directed graph whose vertices have capacities: flow enters at the sources and leaves at the sinks. */
export interface FlowGraph {
  /** Of each vertex; edges carry any flow. */
  readonly capacities: readonly number[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly sources: Iterable<number>;
  readonly sinks: Iterable<number>;
}

/** Edges e and e ^ 1 are each other's reverse. */
class Residual {
  readonly #heads: number[] = [];
  readonly #room: number[] = [];
  readonly #leaving: number[][];

  constructor(vertices: number) {
    this.#leaving = Array.from({ length: vertices }, () => []);
  }

  connect(from: number, to: number, capacity: number): void {
    this.#leaving[from]!.push(this.#heads.push(to) - 1);
    this.#room.push(capacity);
    this.#leaving[to]!.push(this.#heads.push(from) - 1);
    this.#room.push(0);
  }

  /** Distances to `target` along edges with room; -1 where there is no way. */
  distances(target: number): Int32Array {
    const distances = new Int32Array(this.#leaving.length).fill(-1);
    distances[target] = 0;
    const queue = [target];
    for (const vertex of queue) {
      for (const edge of this.#leaving[vertex]!) {
        const before = this.#heads[edge]!;
        if (distances[before] !== -1 || this.#room[edge ^ 1] === 0) continue;
        distances[before] = distances[vertex]! + 1;
        queue.push(before);
      }
    }
    return distances;
  }

  /** Fills shortest ways, along which `distances` to the target fall by one, until each has an edge without room. */
  fill(source: number, distances: Int32Array): void {
    const next = new Int32Array(distances.length); // of each vertex' edges, the first that may still be used
    const way: number[] = [];
    let vertex = source;
    for (;;) {
      const edges = this.#leaving[vertex]!;
      const edge = edges[next[vertex]!];
      if (distances[vertex] === 0) {
        const flow = Math.min(...way.map((edge) => this.#room[edge]!));
        for (const edge of way.splice(0)) {
          this.#room[edge]! -= flow;
          this.#room[edge ^ 1]! += flow;
        }
        vertex = source;
      } else if (edge === undefined) {
        const back = way.pop();
        if (back === undefined) return;
        vertex = this.#heads[back ^ 1]!;
        next[vertex]!++;
      } else if (this.#room[edge]! > 0 && distances[this.#heads[edge]!] === distances[vertex]! - 1) {
        way.push(edge);
        vertex = this.#heads[edge]!;
      } else {
        next[vertex]!++;
      }
    }
  }
}

/**
 * The vertices of least capacity that every way from a source to a sink passes; of equally small sets, the one nearest the sinks. By the greatest flow
 * (Dinic 1970, Soviet Mathematics Doklady 11). A way of unlimited vertices has no cut.
 */
export function minimumCut({ capacities, edges, sources, sinks }: FlowGraph): Set<number> {
  const count = capacities.length;
  const [source, sink] = [2 * count, 2 * count + 1];
  const residual = new Residual(2 * count + 2);
  // Vertex v is an edge from 2v, where flow enters, to 2v + 1.
  capacities.forEach((capacity, v) => residual.connect(2 * v, 2 * v + 1, capacity));
  for (const [from, to] of edges) residual.connect(2 * from + 1, 2 * to, Infinity);
  for (const v of sources) residual.connect(source, 2 * v, Infinity);
  for (const v of sinks) residual.connect(2 * v + 1, sink, Infinity);
  for (;;) {
    const distances = residual.distances(sink);
    if (distances[source] === -1) {
      const isCut = (v: number): boolean => distances[2 * v] === -1 && distances[2 * v + 1] !== -1;
      return new Set([...capacities.keys()].filter(isCut));
    }
    residual.fill(source, distances);
  }
}
