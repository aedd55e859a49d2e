import { onnxDataType } from "../onnx/data-type.ts";
import { materialized, nodeSymbol, widened } from "../trace/symbol.ts";
import type { KernelTable } from "./kernel.ts";

/** Kernels that no tfjs operation calls, only `operators/`: each is one node of ONNX Runtime's own. */
export const contribKernels: KernelTable = {
  /** x [N, heads, d], cos and sin [N, d/2] → [N, heads, d] */
  RotaryEmbedding: ({ recorder, inputs }) => {
    const { x, cos, sin } = inputs as Required<typeof inputs>;
    const [count, heads, width] = x!.shape as [number, number, number];
    const rows = recorder.emit("Reshape", [materialized(x!), recorder.int64s([1, count, heads * width])]);
    const from = recorder.int64s([0]); // token i has row i of the tables
    const turned = recorder.emit("RotaryEmbedding", [rows, from, materialized(cos!), materialized(sin!)], {
      domain: "com.microsoft",
    });
    const name = recorder.emit("Reshape", [turned, recorder.int64s(x!.shape)]);
    return nodeSymbol(name, { recorder, shape: x!.shape, dtype: "float32" });
  },
  /** x as it is; its scales, or the shape of its words, where it has such, wait for the other tensor, of which nothing enters. */
  WidenAfter: ({ recorder, inputs }) => {
    const { x, other } = inputs as Required<typeof inputs>;
    const words = x!.kind === "node" ? x!.words : undefined;
    if (x!.kind !== "quantized" && !words) return x!;
    const flat = recorder.emit("Reshape", [materialized(other!), recorder.int64s([-1])]);
    const none = recorder.emit("Slice", [flat, recorder.int64s([0]), recorder.int64s([0])]);
    const waiting = (own: string, nothing: string): string =>
      recorder.emit("Concat", [own, nothing], { attributes: { axis: 0 } });
    if (x!.kind === "quantized") return { ...x!, scales: waiting(x!.scales, none) };
    const shape = waiting(
      recorder.int64s(x!.shape),
      recorder.emit("Cast", [none], { attributes: { to: onnxDataType.int64 } }),
    );
    return widened({ ...words!, name: recorder.emit("Reshape", [words!.name, shape]) }, x!);
  },
  /** x [..., d], gain [d] → y [..., d] and the inverse root mean square, [..., 1] */
  SimplifiedLayerNormalization: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const [y, inverse] = recorder.emitMany(
      "SimplifiedLayerNormalization",
      [materialized(x), materialized(inputs["gain"]!)],
      {
        outputs: 2,
        attributes: { axis: -1, epsilon: { float: attributes["epsilon"] as number } },
      },
    ) as [string, string];
    const row = [...x.shape.slice(0, -1), 1];
    return [
      nodeSymbol(y, { recorder, shape: x.shape, dtype: "float32" }),
      nodeSymbol(inverse, { recorder, shape: row, dtype: "float32" }),
    ];
  },
};
