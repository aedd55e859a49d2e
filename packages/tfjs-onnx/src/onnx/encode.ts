import { onnxDataType } from "./data-type.ts";
import type { Attribute, OnnxGraph, OnnxInitializer, OnnxNode, OnnxValue } from "./graph.ts";
import { bytes, concatBytes, float, int, message, string } from "./wire.ts";

// AttributeProto.AttributeType
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** First opset whose BitCast exists: it turns stored 16-bit words into bfloat16. */
const BITCAST_OPSET = 26;
/** Reductions take their axes as an input from 18 on; 21 is what every execution provider of ONNX Runtime 1.30 covers. */
const OPSET = 21;
const IR_VERSION = 10;

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === "number") return message(5, [string(1, name), int(3, value), int(20, ATTRIBUTE_INT)]);
  if (typeof value === "string") return message(5, [string(1, name), string(4, value), int(20, ATTRIBUTE_STRING)]);
  if ("float" in value) return message(5, [string(1, name), float(2, value.float), int(20, ATTRIBUTE_FLOAT)]);
  return message(5, [string(1, name), ...value.map((item) => int(8, item)), int(20, ATTRIBUTE_INTS)]);
}

const node = ({ op, domain, inputs, outputs, attributes }: OnnxNode): Uint8Array =>
  message(1, [
    ...inputs.map((name) => string(1, name)),
    ...outputs.map((name) => string(2, name)),
    string(3, outputs[0] ?? op),
    string(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...(domain === "" ? [] : [string(7, domain)]),
  ]);

const initializer = ({ name, dtype, shape, bytes: raw }: OnnxInitializer): Uint8Array =>
  message(5, [
    ...shape.map((dimension) => int(1, dimension)),
    int(2, onnxDataType[dtype]),
    string(8, name),
    bytes(9, raw),
  ]);

function valueInfo(field: number, { name, dtype, shape }: OnnxValue): Uint8Array {
  const dimensions = message(
    2,
    shape.map((dimension) => message(1, [int(1, dimension)])),
  );
  return message(field, [string(1, name), message(2, [message(1, [int(1, onnxDataType[dtype]), dimensions])])]);
}

/** The bytes of an ONNX ModelProto (onnx.proto3 of ONNX 1.19). */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const opset = graph.nodes.some(({ op }) => op === "BitCast") ? BITCAST_OPSET : OPSET;
  const body = message(7, [
    ...graph.nodes.map(node),
    string(2, "traced"),
    ...graph.initializers.map(initializer),
    ...graph.inputs.map((value) => valueInfo(11, value)),
    ...graph.outputs.map((value) => valueInfo(12, value)),
    ...(graph.described ?? []).map((value) => valueInfo(13, value)),
  ]);
  const operatorSets = [message(8, [int(2, opset)]), message(8, [string(1, "com.microsoft"), int(2, 1)])];
  return concatBytes([int(1, IR_VERSION), body, ...operatorSets]);
}
