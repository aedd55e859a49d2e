/** Element types that our graphs use, with their numbers in ONNX's TensorProto.DataType. */
export const onnxDataType = {
  float32: 1,
  uint8: 2,
  uint16: 4,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;

export type OnnxDataType = keyof typeof onnxDataType;
