import { onnxDataType } from "../onnx/data-type.ts";
import type { Attribute, OnnxValue } from "../onnx/graph.ts";

/** Where nodes are written to. */
interface Writer {
  emit(op: string, inputs: readonly string[], options?: { attributes: Readonly<Record<string, Attribute>> }): string;
  int64s(values: readonly number[]): string;
  /** Says of a node's result what ONNX Runtime cannot infer. */
  describe(value: OnnxValue): void;
}

/** A zero that is known once the value of that name has been computed, of which nothing enters. */
function zeroAfter(writer: Writer, name: string): string {
  const start = writer.int64s([0]);
  const none = writer.emit("Slice", [name, start, start]);
  const nothing = writer.emit("Cast", [none], { attributes: { to: onnxDataType.int64 } });
  return writer.emit("ReduceSum", [nothing], { attributes: { keepdims: 0 } });
}

/**
 * The value where it lies, no sooner than the others: ONNX Runtime computes what is made of a value as soon as something asks for it, and a graph's
 * dependencies leave open what asks first.
 */
export function waiting(writer: Writer, value: OnnxValue, others: readonly string[]): string {
  let shape = writer.int64s(value.shape);
  for (const other of others) shape = writer.emit("Add", [shape, zeroAfter(writer, other)]);
  const name = writer.emit("Reshape", [value.name, shape]);
  writer.describe({ ...value, name });
  return name;
}
