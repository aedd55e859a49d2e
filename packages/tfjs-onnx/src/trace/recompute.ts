import type { OnnxNode, OnnxValue } from "../onnx/graph.ts";
import { minimumCut } from "./minimum-cut.ts";
import { sizeOf } from "./shape.ts";
import { waiting } from "./waiting.ts";

type Values = ReadonlyMap<string, OnnxValue>;

interface Graph {
  /** Values that the forward pass makes. */
  readonly forward: ReadonlySet<string>;
  /** Names of the graph's inputs, which are there all the time. */
  readonly inputs: readonly string[];
  /** Inputs, and what nodes make, as far as it is known. */
  readonly values: Values;
  /** The name of a constant that holds these integers. */
  readonly int64s: (values: readonly number[]) => string;
}

interface Recomputing {
  readonly nodes: OnnxNode[];
  /** Of values whose shape ONNX Runtime cannot infer; it would not use their memory again. */
  readonly described: readonly OnnxValue[];
}

/** Operators whose results are worth their memory; others read and write their numbers once or a few times. */
const DEAR = new Set(["FusedMatMul", "MatMul", "MatMulIntegerToFloat", "FusedConv", "TopK", "ScatterElements"]);
/** A product of batched matrices that sums no more numbers than this, as attention's scores do, takes as long as two or three such: it is computed again. */
export const CHEAP_SUM = 128;

function isDear({ op, inputs, attributes }: OnnxNode, values: Values): boolean {
  const left = values.get(inputs[0]!)?.shape;
  if (op !== "FusedMatMul" || !left || left.length < 3) return DEAR.has(op);
  return left.at(attributes["transA"] === 1 ? -2 : -1)! > CHEAP_SUM;
}

/** Bytes of a value that nobody described: of those, none is worth keeping. */
const UNKNOWN = 2 ** 50;

const bytesOf = (value: OnnxValue | undefined): number =>
  value ? sizeOf(value.shape) * (value.dtype === "bool" ? 1 : 4) : UNKNOWN;

/** Of the forward pass' values the fewest bytes from which cheap operators make everything that the backward pass reads. */
function valuesToKeep(forward: readonly OnnxNode[], backward: readonly OnnxNode[], graph: Graph): Set<string> {
  const { inputs, values } = graph;
  const names = [...inputs, ...forward.flatMap(({ outputs }) => outputs)];
  const vertex = new Map(names.map((name, i) => [name, i]));
  const vertices = (list: readonly string[]): number[] => list.flatMap((name) => vertex.get(name) ?? []);
  const { dear = [], cheap = [] } = Object.groupBy(forward, (node) => (isDear(node, values) ? "dear" : "cheap"));
  const cut = minimumCut({
    capacities: names.map((name, i) => (i < inputs.length ? 0 : bytesOf(values.get(name)))),
    edges: cheap.flatMap(({ inputs, outputs }) =>
      vertices(inputs).flatMap((from) => vertices(outputs).map((to) => [from, to] as const)),
    ),
    sources: [...vertices(inputs), ...vertices(dear.flatMap(({ outputs }) => outputs))],
    sinks: new Set(vertices(backward.flatMap(({ inputs }) => inputs))),
  });
  return new Set([...cut].map((i) => names[i]!));
}

/** Nodes under names of their own. */
class Additions {
  readonly nodes: OnnxNode[] = [];
  readonly described: OnnxValue[] = [];
  readonly int64s: Graph["int64s"];
  readonly #known = new Map<string, string>();
  #names = 0;

  constructor({ int64s }: Graph) {
    this.int64s = int64s;
  }

  add(node: OnnxNode): readonly string[] {
    const outputs = node.outputs.map(() => `again${this.#names++}`);
    this.nodes.push({ ...node, outputs });
    return outputs;
  }

  emit(op: string, inputs: readonly string[], { attributes }: Partial<Pick<OnnxNode, "attributes">> = {}): string {
    const key = JSON.stringify([op, inputs, attributes]);
    const name =
      this.#known.get(key) ?? this.add({ op, domain: "", inputs, outputs: [""], attributes: attributes ?? {} })[0]!;
    this.#known.set(key, name);
    return name;
  }

  describe(value: OnnxValue): void {
    this.described.push(value);
  }
}

/**
 * The nodes, and a copy of each cheap one whose result the backward pass would otherwise hold: of the forward pass the fewest bytes are kept from which the
 * rest can be made (Chen et al. 2016, https://arxiv.org/abs/1604.06174, drop what is cheap to compute; the choice is a minimum cut, as in PyTorch's
 * AOTAutograd). The numbers are the same to the bit. `nodes` are in topological order, and the result's are.
 */
export function recompute(nodes: readonly OnnxNode[], graph: Graph): Recomputing {
  const { values } = graph;
  const border = nodes.findLastIndex(({ outputs }) => outputs.some((name) => graph.forward.has(name))) + 1;
  const [forward, backward] = [nodes.slice(0, border), nodes.slice(border)];
  const kept = valuesToKeep(forward, backward, graph);
  const makers = new Map(forward.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const copies = new Map<string, string>(); // by the name of what they are copies of
  const added = new Additions(graph);

  function copyOf(name: string, trigger: string): string {
    const node = makers.get(name);
    if (!node || kept.has(name) || isDear(node, values)) return name;
    const known = copies.get(name);
    if (known) return known;
    const inputs = node.inputs.map((input) => copyOf(input, trigger));
    if (inputs.every((input, i) => input === node.inputs[i])) {
      // Only constants are not described: what is made of them alone is left where it is.
      const first = inputs.findIndex((input) => values.has(input));
      if (first === -1) return name;
      inputs[first] = waiting(added, values.get(inputs[first]!)!, [trigger]);
    }
    const outputs = added.add({ ...node, inputs });
    node.outputs.forEach((output, i) => copies.set(output, outputs[i]!));
    return copies.get(name)!;
  }

  let latest: string | undefined;
  for (const node of backward) {
    const trigger = latest;
    const inputs = trigger === undefined ? node.inputs : node.inputs.map((name) => copyOf(name, trigger));
    added.nodes.push({ ...node, inputs });
    if (isDear(node, values)) latest = node.outputs[0]!;
  }
  return { nodes: [...forward, ...added.nodes], described: added.described };
}
