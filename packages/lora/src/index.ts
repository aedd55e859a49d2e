export { assertFitsBase, checkAgainstBase } from "./check-against-base.ts";
export { deltaWeight } from "./delta-weight.ts";
export { LoraError } from "./errors.ts";
export { initialFactor } from "./initial-factor.ts";
export { loraScale } from "./lora-scale.ts";
export { fromThinSvd, productSvd, thinSvd } from "./thin-svd.ts";

export type { Adapter, AdapterOutline, AdapterSource, LoraModule, ModuleOutline } from "./adapter.ts";
export type { BaseMismatch, LayerShape } from "./check-against-base.ts";
export type { LoraErrorCode } from "./errors.ts";
export type { ThinSvd } from "./thin-svd.ts";
