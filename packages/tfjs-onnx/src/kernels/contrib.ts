import { broadcastable, materialized, nodeSymbol, type TracedSymbol, widened } from "../trace/symbol.ts";
import { waiting } from "../trace/waiting.ts";
import type { KernelTable } from "./kernel.ts";

/** Whether products read a float32 copy of what is kept in fewer bits. */
const isWidened = (x: TracedSymbol): boolean =>
  x.kind === "quantized" ? x.multiplied === undefined : x.kind === "node" && x.words !== undefined;

/** Kernels that no tfjs operation calls, only `operators/`: each is one node of ONNX Runtime's own. */
export const contribKernels: KernelTable = {
  /** x [N, heads, d], cos and sin [N, d/2] → [N, heads, d] */
  RotaryEmbedding: ({ recorder, inputs }) => {
    const { x, cos, sin } = inputs as Required<typeof inputs>;
    const [count, heads, width] = x!.shape as [number, number, number];
    const rows = recorder.reshape(materialized(x!), [1, count, heads * width]);
    const from = recorder.int64s([0]); // token i has row i of the tables
    const turned = recorder.emit("RotaryEmbedding", [rows, from, materialized(cos!), materialized(sin!)], {
      domain: "com.microsoft",
    });
    const name = recorder.reshape(turned, x!.shape);
    return nodeSymbol(name, { recorder, shape: x!.shape, dtype: "float32" });
  },
  /** x, no sooner than the others; of what is kept in 8-bit integers the scales wait, of words of 16 bits the words. */
  After: ({ recorder, list, attributes }) => {
    const [x, ...others] = list as [TracedSymbol, ...TracedSymbol[]];
    if (recorder.provider !== "cpu") return x;
    if (attributes["onlyWidening"] && !isWidened(x)) return x;
    const names = others.map((other) => {
      const { name, stored } = broadcastable(other);
      return stored.length === 0 ? recorder.reshape(name, [1]) : name;
    });
    const wait = (name: string): string => waiting(recorder, recorder.values.get(name)!, names);
    if (x.kind === "quantized") return { ...x, scales: wait(x.scales) };
    if (x.kind !== "node") return x;
    if (x.words) return widened({ ...x.words, name: wait(x.words.name) }, x);
    return { ...x, name: wait(x.name) };
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
