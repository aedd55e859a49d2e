import { TfjsOnnxError } from "./errors.ts";
import type { OnnxGraph } from "./onnx/graph.ts";
import type { Session } from "./session.ts";

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

async function multiplyLargest(createSession: CreateSession): Promise<ArrayLike<number>> {
  const session = await createSession(largest, { threads: 1 });
  const { y } = await session.run({
    x: { dtype: "uint8", shape: [ROWS, TERMS], data: new Uint8Array(ROWS * TERMS).fill(255) },
    w: { dtype: "int8", shape: [TERMS, COLUMNS], data: new Int8Array(TERMS * COLUMNS).fill(127) },
  });
  await session.release();
  return y!.data;
}

/** @throws {TfjsOnnxError} E_INTEGER_PRODUCTS unless every entry is the product of the largest factors. */
export function assertExact(entries: ArrayLike<number>): void {
  const expected = TERMS * 255 * 127;
  const wrong = Array.from(entries).find((entry) => entry !== expected);
  if (wrong === undefined) return;
  throw new TfjsOnnxError(
    "E_INTEGER_PRODUCTS",
    `8-bit products — expected ${TERMS} × 255 × 127 = ${expected}, got ${wrong}: ONNX Runtime adds them in 16 bits on a processor without VNNI; keep weights as int8 or f32 there`,
  );
}

// What a processor does is asked once a process.
let checked: Promise<void> | undefined;

/** Multiplies the largest factors there are, once, and sees whether the result is exact. @throws {TfjsOnnxError} E_INTEGER_PRODUCTS */
export const checkIntegerProducts = (createSession: CreateSession): Promise<void> =>
  (checked ??= multiplyLargest(createSession).then(assertExact));
