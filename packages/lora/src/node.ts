export { exportGguf } from "./export-gguf.ts";
export { loadAdapter } from "./load-adapter.ts";
export { saveAdapter } from "./save-adapter.ts";

export type { ExportGgufOptions } from "./export-gguf.ts";
export type { CardOptions } from "./model-card.ts";
export type { SaveAdapterOptions } from "./save-adapter.ts";
