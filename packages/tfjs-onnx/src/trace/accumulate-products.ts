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
/** Products that sum so few numbers are thin, as a LoRA's is: only then is a transposed Y turned round first, and only such products are joined. */
const WIDEST_THIN = 64;
const isThin = ({ k }: Product): boolean => k <= WIDEST_THIN;

/** C + X₁ Y₁ + X₂ Y₂ + … */
interface Sum {
  readonly products: readonly Product[];
  /** C */
  readonly onto: string;
}

/** A product of two matrices that can be written as a convolution. */
function asProduct(node: OnnxNode, values: Graph["values"]): Product | undefined {
  if (node.op !== "FusedMatMul" || node.attributes["transA"] === 1) return undefined;
  const [x, y] = node.inputs.map((name) => values.get(name)?.shape);
  if (x?.length !== 2 || y?.length !== 2) return undefined;
  const transposed = node.attributes["transB"] === 1;
  const [m, k] = x as [number, number];
  const n = y[transposed ? 0 : 1]!;
  if (m * n < SMALLEST_SUM || (transposed && k > WIDEST_THIN)) return undefined;
  return { node, m, k, n, transposed };
}

/**
 * C + X Y as one product that adds to C where C lies, instead of a product and a sum that reads and writes three matrices.
 *
 * ONNX Runtime's Gemm copies C first, on one thread. The one product of its CPU provider that takes C in place is com.microsoft.FusedConv with
 * a kernel of one pixel: X as m filters over k channels, Y as an image of n × 1 pixels, C as `sum`. Used where the product and C are read by
 * nothing else. Thin products that are added to one matrix are one product, of their factors side by side. `nodes` are in topological order, and
 * the result is.
 */
export function accumulateProducts(nodes: readonly OnnxNode[], { values, outputs, int64s }: Graph): OnnxNode[] {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);
  const writers = new Map(nodes.map((node) => [node.outputs[0]!, node]));
  const absorbed = new Set<OnnxNode>();
  const readOnce = (name: string): boolean => writers.has(name) && readers.get(name) === 1 && !outputs.has(name);

  /** The cheaper of the sum's products, and the matrix that it is added to. */
  function find({ inputs }: OnnxNode): { readonly product: Product; readonly onto: string } | undefined {
    const [a, b] = inputs as [string, string];
    const [shapeOfA, shapeOfB] = [values.get(a)?.shape, values.get(b)?.shape];
    if (!shapeOfA || !shapeOfB || !sameShape(shapeOfA, shapeOfB) || !readOnce(a) || !readOnce(b)) return undefined;
    const candidates = [
      { product: asProduct(writers.get(a)!, values), onto: b },
      { product: asProduct(writers.get(b)!, values), onto: a },
    ].filter((found): found is { product: Product; onto: string } => found.product !== undefined);
    return candidates.sort((p, q) => p.product.k - q.product.k)[0];
  }

  const sums = new Map<OnnxNode, Sum>();
  for (const node of nodes.filter(({ op }) => op === "Add")) {
    const found = find(node);
    if (!found) continue;
    const { product, onto } = found;
    absorbed.add(product.node);
    const inner = writers.get(onto)!;
    const before = sums.get(inner);
    if (before && [...before.products, product].every(isThin)) {
      sums.delete(inner);
      absorbed.add(inner);
      sums.set(node, { products: [...before.products, product], onto: before.onto });
    } else sums.set(node, { products: [product], onto });
  }

  function convolution({ outputs: [result] }: OnnxNode, { products, onto }: Sum): OnnxNode[] {
    const nodes: OnnxNode[] = [];
    const emit = (op: string, inputs: readonly string[], form: Partial<OnnxNode> = {}): string => {
      const output = `${result}.${nodes.length}`;
      nodes.push({ op, domain: "", inputs, outputs: [output], attributes: {}, ...form });
      return output;
    };
    const reshape = (name: string, shape: readonly number[]): string => emit("Reshape", [name, int64s(shape)]);
    const joined = (names: readonly string[], axis: number): string =>
      names.length === 1 ? names[0]! : emit("Concat", names, { attributes: { axis } });
    const channels = ({ node: { inputs }, transposed }: Product): string =>
      transposed ? emit("Transpose", [inputs[1]!], { attributes: { perm: [1, 0] } }) : inputs[1]!;
    const filters = ({ node: { inputs } }: Product): string => inputs[0]!;
    const { m, n } = products[0]!;
    const k = products.reduce((sum, product) => sum + product.k, 0);
    const image = reshape(joined(products.map(channels), 0), [1, k, n, 1]);
    const kernel = reshape(joined(products.map(filters), 1), [m, k, 1, 1]);
    const inputs = [image, kernel, "", reshape(onto, [1, m, n, 1])];
    const pixels = emit("FusedConv", inputs, { domain: "com.microsoft", attributes: { kernel_shape: [1, 1] } });
    emit("Reshape", [pixels, int64s([m, n])], { outputs: [result!] });
    return nodes;
  }

  const written = nodes.flatMap((node) => {
    const sum = sums.get(node);
    return sum ? convolution(node, sum) : [node];
  });
  return written.filter((node) => !absorbed.has(node));
}
