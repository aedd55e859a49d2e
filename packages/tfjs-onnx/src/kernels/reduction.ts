import { normalizeAxes, type Shape } from "../trace/shape.ts";
import { materialized, nodeSymbol } from "../trace/symbol.ts";
import type { KernelTable, TraceKernel } from "./kernel.ts";

const without = (shape: Shape, axes: readonly number[], keepDims: boolean): number[] =>
  shape.flatMap((dimension, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [dimension]));

/** tfjs calls the axes of a sum `axis`, those of a maximum `reductionIndices`. */
function reductionKernel(op: string, axisKey: "axis" | "reductionIndices"): TraceKernel {
  return ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const axes = normalizeAxes(attributes[axisKey], x.shape.length);
    if (axes.length === 0) return x;
    const keepDims = Boolean(attributes["keepDims"]);
    const name = recorder.emit(op, [materialized(x), recorder.int64s(axes)], {
      attributes: { keepdims: keepDims ? 1 : 0 },
    });
    return nodeSymbol(name, { recorder, shape: without(x.shape, axes, keepDims), dtype: x.dtype });
  };
}

/** Index of the first extreme value along one axis; tfjs answers int32, ONNX int64. */
function argKernel(op: "ArgMax" | "ArgMin"): TraceKernel {
  return ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const [axis] = normalizeAxes(attributes["axis"], x.shape.length);
    const wide = recorder.emit(op, [materialized(x)], { attributes: { axis: axis!, keepdims: 0 } });
    const name = recorder.emit("Cast", [wide], { attributes: { to: 6 } });
    return nodeSymbol(name, { recorder, shape: without(x.shape, [axis!], false), dtype: "int32" });
  };
}

function softmaxKernel(op: "Softmax" | "LogSoftmax"): TraceKernel {
  return ({ recorder, inputs }) => {
    const logits = inputs["logits"]!;
    const axis = logits.shape.length - 1;
    const name = recorder.emit(op, [materialized(logits)], { attributes: { axis } });
    return nodeSymbol(name, { recorder, shape: logits.shape, dtype: "float32" });
  };
}

export const reductionKernels: KernelTable = {
  Sum: reductionKernel("ReduceSum", "axis"),
  Mean: reductionKernel("ReduceMean", "axis"),
  Prod: reductionKernel("ReduceProd", "axis"),
  Max: reductionKernel("ReduceMax", "reductionIndices"),
  Min: reductionKernel("ReduceMin", "axis"),
  ArgMax: argKernel("ArgMax"),
  ArgMin: argKernel("ArgMin"),
  Softmax: softmaxKernel("Softmax"),
  LogSoftmax: softmaxKernel("LogSoftmax"),
};
