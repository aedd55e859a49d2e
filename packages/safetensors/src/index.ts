export { deserialize } from "./deserialize.ts";
export { dtypeBits, dtypes, isDtype } from "./dtype.ts";
export { SafetensorsError } from "./errors.ts";
export { isFloatDtype } from "./float-codecs.ts";
export { fromFloat32 } from "./from-float32.ts";
export { openBlob } from "./open-blob.ts";
export { openUrl } from "./open-url.ts";
export { serialize } from "./serialize.ts";
export { toFloat32 } from "./to-float32.ts";

export type { ByteRange } from "./byte-source.ts";
export type { Dtype } from "./dtype.ts";
export type { SafetensorsErrorCode } from "./errors.ts";
export type { FloatDtype } from "./float-codecs.ts";
export type { BlobLike } from "./open-blob.ts";
export type { SafetensorsFile } from "./open-source.ts";
export type { RangeFetch } from "./open-url.ts";
export type { TensorEntry } from "./tensor-entry.ts";
export type { TensorView } from "./tensor-view.ts";
