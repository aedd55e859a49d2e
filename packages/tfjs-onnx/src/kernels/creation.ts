import { broadcastShape } from "../trace/shape.ts";
import {
  asTracedDataType,
  broadcastable,
  constantArray,
  materialized,
  nodeSymbol,
  type TracedDataType,
  uniformSymbol,
} from "../trace/symbol.ts";
import { onnxDataType } from "../onnx/data-type.ts";
import type { KernelTable } from "./kernel.ts";

const castValue = (value: number, dtype: TracedDataType): number =>
  dtype === "int32" ? Math.trunc(value) : dtype === "bool" ? Number(value !== 0) : value;

/** Kernels that make, choose or convert values. */
export const creationKernels: KernelTable = {
  Identity: ({ inputs }) => inputs["x"]!,
  ZerosLike: ({ inputs }) => uniformSymbol(0, inputs["x"]!),
  OnesLike: ({ inputs }) => uniformSymbol(1, inputs["x"]!),
  Fill: ({ recorder, attributes }) =>
    uniformSymbol(attributes["value"], {
      recorder,
      shape: attributes["shape"],
      dtype: asTracedDataType(attributes["dtype"] ?? "float32"),
    }),
  Range: ({ recorder, attributes }) => {
    const { start, stop, step } = attributes as { start: number; stop: number; step: number };
    const dtype = asTracedDataType(attributes["dtype"] ?? "float32");
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const values = constantArray(
      dtype,
      Array.from({ length }, (_, i) => start + i * step),
    );
    return { kind: "constant", recorder, shape: [length], dtype, values };
  },
  Cast: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const dtype = asTracedDataType(attributes["dtype"]);
    if (dtype === x.dtype) return x;
    if (x.kind === "uniform") return uniformSymbol(castValue(x.value, dtype), { ...x, dtype });
    const { name, stored } = broadcastable(x);
    const cast = recorder.emit("Cast", [name], { attributes: { to: onnxDataType[dtype] } });
    return nodeSymbol(cast, { recorder, shape: x.shape, dtype, stored });
  },
  Select: ({ recorder, inputs }) => {
    const condition = inputs["condition"]!;
    const t = inputs["t"]!;
    const e = inputs["e"]!;
    const shape = broadcastShape(condition.shape, broadcastShape(t.shape, e.shape));
    const name = recorder.emit("Where", [materialized(condition), materialized(t), materialized(e)]);
    return nodeSymbol(name, { recorder, shape, dtype: t.dtype });
  },
  // ONNX Runtime has no OneHot from int32 to int32: compare with 0 … depth-1.
  OneHot: ({ recorder, inputs, attributes }) => {
    const indices = inputs["indices"]!;
    const depth = Number(attributes["depth"]);
    const dtype = asTracedDataType(attributes["dtype"] ?? "int32");
    const column = recorder.reshape(materialized(indices), [...indices.shape, 1]);
    const classes = recorder.constant(
      "int32",
      [depth],
      Int32Array.from({ length: depth }, (_, i) => i),
    );
    const scalar = (value: number): string => recorder.constant(dtype, [], constantArray(dtype, [value]));
    const hit = recorder.emit("Equal", [column, classes]);
    const name = recorder.emit("Where", [hit, scalar(attributes["onValue"]), scalar(attributes["offValue"])]);
    return nodeSymbol(name, { recorder, shape: [...indices.shape, depth], dtype });
  },
};
