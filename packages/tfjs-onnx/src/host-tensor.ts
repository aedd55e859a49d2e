import type { OnnxDataType } from "./onnx/data-type.ts";

export type HostArray = Float32Array | Int32Array | Uint16Array | Int8Array | Uint8Array;

/** A tensor in ordinary memory, row-major. uint16 holds float16 or bfloat16 words, bool in a Uint8Array. */
export interface HostTensor {
  readonly dtype: OnnxDataType;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

export const float32 = (shape: readonly number[], data: Float32Array): HostTensor => ({
  dtype: "float32",
  shape,
  data,
});
export const int32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ dtype: "int32", shape, data });
