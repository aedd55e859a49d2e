import type { DataType } from "@tensorflow/tfjs-core";
import { TfjsOnnxError } from "../errors.ts";
import type { IntegerForm } from "../integer-form.ts";
import { onnxDataType, type OnnxDataType } from "../onnx/data-type.ts";
import type { Recorder } from "./recorder.ts";
import { onesLike, sameShape, type Shape, sizeOf } from "./shape.ts";

export type TracedDataType = "float32" | "int32" | "bool";
export type ConstantArray = Float32Array | Int32Array | Uint8Array;

interface SymbolBase {
  readonly recorder: Recorder;
  /** The shape tfjs sees. */
  readonly shape: Shape;
  readonly dtype: TracedDataType;
}

/** 16-bit floats, as uint16 (JavaScript has no bfloat16 array, and onnxruntime-node cannot read a Float16Array). */
export interface Words {
  readonly name: string;
  readonly type: "float16" | "bfloat16";
}

/** The output of a node or an input of the graph. */
export interface NodeSymbol extends SymbolBase {
  readonly kind: "node";
  readonly name: string;
  /** The shape ONNX sees: of the same rank as `shape`, 1 where a broadcast has not been carried out. */
  readonly stored: Shape;
  /** Of an input that is kept in words of 16 bits: what it is widened from. */
  readonly words?: Words | undefined;
}

/** One number in every place. Gradients of sums multiply by ones(shape): kept symbolic, no large constant enters the graph. */
export interface UniformSymbol extends SymbolBase {
  readonly kind: "uniform";
  readonly value: number;
}

/** Values known while tracing. */
interface ConstantSymbol extends SymbolBase {
  readonly kind: "constant";
  readonly values: ConstantArray;
}

/** A matrix of 8-bit integers with one scale a row. Gathers, and products where they are to be integers', read it as it is; everything else widens it. */
export interface QuantizedSymbol extends SymbolBase {
  readonly kind: "quantized";
  /** [rows, columns] */
  readonly name: string;
  readonly form: IntegerForm;
  /** float32 [rows] */
  readonly scales: string;
  /**
   * Where products are taken in integers: the matrix turned round, [columns, rows]; of int8, its product with a row of 128s, int32 [rows]; and in
   * how many parts what it is multiplied by.
   */
  readonly multiplied?:
    | { readonly transposed: string; readonly offsets: string | null; readonly parts: 1 | 2 }
    | undefined;
}

/** What stands in for a tensor's data while tracing; it serves tfjs as the data id. */
export type TracedSymbol = NodeSymbol | UniformSymbol | ConstantSymbol | QuantizedSymbol;

const arrayTypes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export function asTracedDataType(dtype: DataType): TracedDataType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new TfjsOnnxError("E_UNSUPPORTED_KERNEL", `trace: tensor type — expected float32, int32 or bool, got ${dtype}`);
}

export function constantArray(dtype: TracedDataType, values: ArrayLike<number | boolean>): ConstantArray {
  return arrayTypes[dtype].from(values as ArrayLike<number>);
}

export const onnxTypeOf = (dtype: TracedDataType): OnnxDataType => dtype;

interface NodeOptions {
  readonly recorder: Recorder;
  readonly shape: Shape;
  readonly dtype: TracedDataType;
  readonly stored?: Shape;
}

export function nodeSymbol(name: string, { recorder, shape, dtype, stored = shape }: NodeOptions): NodeSymbol {
  recorder.values.set(name, { name, dtype: onnxTypeOf(dtype), shape: stored });
  return { kind: "node", recorder, name, shape, dtype, stored };
}

export const uniformSymbol = (value: number, { recorder, shape, dtype }: NodeOptions): UniformSymbol => ({
  kind: "uniform",
  recorder,
  value: dtype === "float32" ? Math.fround(value) : value,
  shape,
  dtype,
});

/** What stands for 0 among unsigned integers. */
const MIDDLE = 128;

/** The zero point of unsigned integers: one, or one for each place of a shape. */
export const middle = (recorder: Recorder, shape: Shape = []): string =>
  recorder.constant("uint8", shape, new Uint8Array(sizeOf(shape)).fill(MIDDLE));

/** Integers of either form as float32, without scales. */
export function integersAsFloats(
  recorder: Recorder,
  name: string,
  { form, shape }: { readonly form: IntegerForm; readonly shape: Shape },
): string {
  const wide = recorder.emit("Cast", [name], { attributes: { to: onnxDataType.float32 }, shape });
  if (form === "int8") return wide;
  return recorder.emit("Sub", [wide, recorder.constant("float32", [], Float32Array.of(MIDDLE))], { shape });
}

/** Words of 16 bits as float32. */
export function widened(
  { name, type }: Words,
  { recorder, shape }: { readonly recorder: Recorder; readonly shape: Shape },
): NodeSymbol {
  const narrow = recorder.emit("BitCast", [name], { attributes: { to: onnxDataType[type] } });
  const wide = recorder.emit("Cast", [narrow], { attributes: { to: onnxDataType.float32 } });
  return { ...nodeSymbol(wide, { recorder, shape, dtype: "float32" }), words: { name, type } };
}

/** Rows of 8-bit integers as float32. */
export function dequantized(
  { name, scales, form }: Pick<QuantizedSymbol, "name" | "scales" | "form">,
  { recorder, shape }: { readonly recorder: Recorder; readonly shape: Shape },
): NodeSymbol {
  const symbol = (wide: string): NodeSymbol => nodeSymbol(wide, { recorder, shape, dtype: "float32" });
  if (form === "int8") return symbol(recorder.emit("DequantizeLinear", [name, scales], { attributes: { axis: 0 } }));
  // DequantizeLinear would ask for as many zero points as scales.
  const column = recorder.emit("Unsqueeze", [scales, recorder.int64s([1])]);
  return symbol(recorder.emit("Mul", [integersAsFloats(recorder, name, { form, shape }), column], { shape }));
}

/** The ONNX name of a value that broadcasts to the symbol's shape, and that value's own shape. */
export function broadcastable(symbol: TracedSymbol): { readonly name: string; readonly stored: Shape } {
  const { recorder, dtype, shape } = symbol;
  switch (symbol.kind) {
    case "node":
      return { name: symbol.name, stored: symbol.stored };
    case "uniform":
      return { name: recorder.constant(dtype, [], constantArray(dtype, [symbol.value])), stored: [] };
    case "constant":
      return { name: recorder.constant(dtype, shape, symbol.values), stored: shape };
    case "quantized":
      return dequantized(symbol, symbol);
  }
}

/** The ONNX name of a value that has the symbol's whole shape. */
export function materialized(symbol: TracedSymbol): string {
  const { name, stored } = broadcastable(symbol);
  if (sameShape(stored, symbol.shape)) return name;
  return symbol.recorder.emit("Expand", [name, symbol.recorder.int64s(symbol.shape)]);
}

/** The same values under a rank-preserving node whose unexpanded dimensions stay unexpanded. */
export function withRank(symbol: TracedSymbol): { readonly name: string; readonly stored: Shape } {
  const { name, stored } = broadcastable(symbol);
  if (stored.length === symbol.shape.length) return { name, stored };
  const lifted = onesLike(symbol.shape);
  if (sizeOf(symbol.shape) === 1 && stored.length === 0 && lifted.length === 0) return { name, stored };
  return { name: symbol.recorder.reshape(name, lifted), stored: lifted };
}
