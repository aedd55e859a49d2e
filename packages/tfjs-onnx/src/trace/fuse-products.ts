import type { OnnxNode } from "../onnx/graph.ts";
import { sameShape, type Shape } from "./shape.ts";

interface FuseOptions {
  /** Shapes of all values. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Values that the graph hands out: they stay. */
  readonly outputs: ReadonlySet<string>;
}

const isProduct = ({ op }: OnnxNode): boolean => op === "MatMul" || op === "FusedMatMul";

/**
 * X Y + C becomes one Gemm where the product is a matrix that nothing else reads: one pass over memory less. ONNX Runtime does this by itself
 * for MatMul, not for FusedMatMul. `nodes` are in topological order, and the result is.
 */
export function fuseProducts(nodes: readonly OnnxNode[], { shapes, outputs }: FuseOptions): OnnxNode[] {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);
  const products = new Map(nodes.filter(isProduct).map((node) => [node.outputs[0]!, node]));
  const absorbed = new Set<OnnxNode>();

  /** The product behind `name` if it can go into a sum of shape `shape`. */
  const productFor = (name: string, shape: Shape | undefined): OnnxNode | undefined => {
    const node = products.get(name);
    if (!node || readers.get(name) !== 1 || outputs.has(name) || shape?.length !== 2) return undefined;
    const isMatrix = node.inputs.every((input) => shapes.get(input)?.length === 2);
    return isMatrix && sameShape(shapes.get(name)!, shape) ? node : undefined;
  };

  const fused = nodes.map((node) => {
    if (node.op !== "Add") return node;
    const [a, b] = node.inputs as [string, string];
    const shape = shapes.get(node.outputs[0]!);
    for (const [name, other] of [
      [b, a],
      [a, b],
    ] as const) {
      const product = productFor(name, shape);
      if (!product || (shapes.get(other)?.length ?? 3) > 2) continue;
      absorbed.add(product);
      return { ...node, op: "Gemm", inputs: [...product.inputs, other], attributes: product.attributes };
    }
    return node;
  });
  return fused.filter((node) => !absorbed.has(node));
}
