export { openCheckpoint } from "./open-checkpoint.ts";
export { openSafetensors } from "./open-safetensors.ts";
export { writeSafetensors } from "./write-safetensors.ts";

export type { Checkpoint } from "./open-checkpoint.ts";
export type { StreamedTensor } from "./streamed-tensor.ts";
export type { SafetensorsFile } from "./open-source.ts";
