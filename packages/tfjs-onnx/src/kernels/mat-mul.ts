import type { Recorder } from "../trace/recorder.ts";
import { broadcastShape } from "../trace/shape.ts";
import { materialized, nodeSymbol } from "../trace/symbol.ts";
import { integerProduct } from "./integer-product.ts";
import type { KernelTable } from "./kernel.ts";

function transposed(recorder: Recorder, name: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return recorder.emit("Transpose", [name], { attributes: { perm } });
}

export const matMulKernels: KernelTable = {
  BatchMatMul: ({ recorder, inputs, attributes }) => {
    const a = inputs["a"]!;
    const b = inputs["b"]!;
    const transposeA = Boolean(attributes["transposeA"]);
    const transposeB = Boolean(attributes["transposeB"]);
    const rows = a.shape.at(transposeA ? -1 : -2)!;
    const columns = b.shape.at(transposeB ? -2 : -1)!;
    const shape = [...broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
    if (recorder.provider === "cpu" && b.kind === "quantized" && b.multiplied && !transposeA && a.shape.length === 2) {
      return integerProduct(a, { ...b, multiplied: b.multiplied }, transposeB);
    }
    let left = materialized(a);
    let right = materialized(b);
    if (recorder.contrib) {
      // Untransposed products too: ONNX Runtime would make MatMul and a following sum one Gemm, which copies the summand on one thread.
      const name = recorder.emit("FusedMatMul", [left, right], {
        domain: "com.microsoft",
        attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 },
      });
      return nodeSymbol(name, { recorder, shape, dtype: "float32" });
    }
    if (transposeA) left = transposed(recorder, left, a.shape.length);
    if (transposeB) right = transposed(recorder, right, b.shape.length);
    return nodeSymbol(recorder.emit("MatMul", [left, right]), { recorder, shape, dtype: "float32" });
  },
};
