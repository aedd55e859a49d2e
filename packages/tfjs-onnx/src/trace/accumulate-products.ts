import type { OnnxNode, OnnxValue } from "../onnx/graph.ts";
import { sameShape } from "./shape.ts";

interface Graph {
  readonly values: ReadonlyMap<string, OnnxValue>;
  /** Values that the graph hands out. */
  readonly outputs: ReadonlySet<string>;
  /** The name of a constant that holds these integers. */
  readonly int64s: (values: readonly number[]) => string;
}

interface Product {
  readonly node: OnnxNode;
  /** X [m, k], Y [k, n]; or Y [n, k] where `transposed`. */
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

/** Sums of fewer numbers are cheaper than the reshapes around a convolution. */
const SMALLEST_SUM = 2 ** 17;
/** A transposed Y is turned round first: worth it only where it is thin, as a LoRA factor is. */
const WIDEST_TRANSPOSED = 64;

/** A product of two matrices that can be written as a convolution. */
function asProduct(node: OnnxNode, values: Graph["values"]): Product | undefined {
  if (node.op !== "FusedMatMul" || node.attributes["transA"] === 1) return undefined;
  const [x, y] = node.inputs.map((name) => values.get(name)?.shape);
  if (x?.length !== 2 || y?.length !== 2) return undefined;
  const transposed = node.attributes["transB"] === 1;
  const [m, k] = x as [number, number];
  const n = y[transposed ? 0 : 1]!;
  if (m * n < SMALLEST_SUM || (transposed && k > WIDEST_TRANSPOSED)) return undefined;
  return { node, m, k, n, transposed };
}

/**
 * C + X Y as one product that adds to C where C lies, instead of a product and a sum that reads and writes three matrices.
 *
 * ONNX Runtime's Gemm copies C first, on one thread. The one product of its CPU provider that takes C in place is com.microsoft.FusedConv with
 * a kernel of one pixel: X as m filters over k channels, Y as an image of n × 1 pixels, C as `sum`. Used where the product and C are read by
 * nothing else. `nodes` are in topological order, and the result is.
 */
export function accumulateProducts(nodes: readonly OnnxNode[], { values, outputs, int64s }: Graph): OnnxNode[] {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);
  const writers = new Map(nodes.map((node) => [node.outputs[0]!, node]));
  const absorbed = new Set<OnnxNode>();
  const readOnce = (name: string): boolean => writers.has(name) && readers.get(name) === 1 && !outputs.has(name);

  /** The cheaper of the sum's products, and the matrix that it is added to. */
  function find(sum: OnnxNode): { readonly product: Product; readonly onto: string } | undefined {
    const [a, b] = sum.inputs as [string, string];
    const [shapeOfA, shapeOfB] = [values.get(a)?.shape, values.get(b)?.shape];
    if (!shapeOfA || !shapeOfB || !sameShape(shapeOfA, shapeOfB) || !readOnce(a) || !readOnce(b)) return undefined;
    const candidates = [
      { product: asProduct(writers.get(a)!, values), onto: b },
      { product: asProduct(writers.get(b)!, values), onto: a },
    ].filter((found): found is { product: Product; onto: string } => found.product !== undefined);
    return candidates.sort((p, q) => p.product.k - q.product.k)[0];
  }

  function convolution(sum: OnnxNode, { m, k, n, node, transposed }: Product, onto: string): OnnxNode[] {
    const [result] = sum.outputs as [string];
    const [x, y] = node.inputs as [string, string];
    const nodes: OnnxNode[] = [];
    const emit = (op: string, inputs: readonly string[], form: Partial<OnnxNode> = {}): string => {
      const output = `${result}.${nodes.length}`;
      nodes.push({ op, domain: "", inputs, outputs: [output], attributes: {}, ...form });
      return output;
    };
    const reshape = (name: string, shape: readonly number[]): string => emit("Reshape", [name, int64s(shape)]);
    const channels = transposed ? emit("Transpose", [y], { attributes: { perm: [1, 0] } }) : y;
    const inputs = [reshape(channels, [1, k, n, 1]), reshape(x, [m, k, 1, 1]), "", reshape(onto, [1, m, n, 1])];
    const pixels = emit("FusedConv", inputs, { domain: "com.microsoft", attributes: { kernel_shape: [1, 1] } });
    emit("Reshape", [pixels, int64s([m, n])], { outputs: [result] });
    return nodes;
  }

  const written = nodes.flatMap((node) => {
    const found = node.op === "Add" ? find(node) : undefined;
    if (!found) return [node];
    absorbed.add(found.product.node);
    return convolution(node, found.product, found.onto);
  });
  return written.filter((node) => !absorbed.has(node));
}
