import type { OnnxGraph } from "./onnx/graph.ts";
import { TfjsOnnxError } from "./errors.ts";
import type { Session } from "./session.ts";

/** As what `w8a8` keeps its integers: as they are, or with 128 added. */
export type IntegerForm = "int8" | "uint8";

const [ROWS, TERMS, COLUMNS] = [4, 64, 16] as const;

/** The largest factors there are: where two of their products are added in 16 bits, the sum saturates. */
const largest: OnnxGraph = {
  nodes: [{ op: "MatMulInteger", domain: "", inputs: ["x", "w"], outputs: ["y"], attributes: {} }],
  initializers: [],
  inputs: [
    { name: "x", dtype: "uint8", shape: [ROWS, TERMS] },
    { name: "w", dtype: "int8", shape: [TERMS, COLUMNS] },
  ],
  outputs: [{ name: "y", dtype: "int32", shape: [ROWS, COLUMNS] }],
};

type CreateSession = (graph: OnnxGraph, options: { readonly threads: number }) => Promise<Session>;

async function multiplyLargest(createSession: CreateSession): Promise<IntegerForm> {
  const session = await createSession(largest, { threads: 1 });
  const { y } = await session.run({
    x: { dtype: "uint8", shape: [ROWS, TERMS], data: new Uint8Array(ROWS * TERMS).fill(255) },
    w: { dtype: "int8", shape: [TERMS, COLUMNS], data: new Int8Array(TERMS * COLUMNS).fill(127) },
  });
  await session.release();
  return exactForm(y!.data);
}

/** int8 where every entry is the product of the largest factors. */
export const exactForm = (entries: ArrayLike<number>): IntegerForm =>
  Array.from(entries).every((entry) => entry === TERMS * 255 * 127) ? "int8" : "uint8";

// What a processor does is asked once a process.
let known: Promise<IntegerForm> | undefined;

/**
 * The form in which ONNX Runtime multiplies 8-bit integers exactly on this processor: int8 with VNNI. Without it, two products of uint8 and int8
 * are added in 16 bits, and saturate, where those of uint8 and uint8 are widened first.
 */
export const integerForm = (createSession: CreateSession): Promise<IntegerForm> =>
  (known ??= multiplyLargest(createSession));

/** @throws {TfjsOnnxError} E_INTEGER_PRODUCTS for a graph that multiplies int8 on a processor that rounds such products. */
export async function assertExactProducts(graph: OnnxGraph, createSession: CreateSession): Promise<void> {
  if (graph === largest) return;
  const products = graph.nodes.filter(({ op }) => op.startsWith("MatMulInteger"));
  const isSigned = (name: string): boolean =>
    graph.inputs.some((input) => input.name === name && input.dtype === "int8");
  if (!products.some(({ inputs }) => isSigned(inputs[1]!))) return;
  if ((await integerForm(createSession)) === "int8") return;
  throw new TfjsOnnxError(
    "E_INTEGER_PRODUCTS",
    "8-bit products — expected a processor with VNNI for integers that are fed as int8, got one on which ONNX Runtime adds them in 16 bits; feed them as uint8 (InputSpec's `integers`)",
  );
}
