export { loadAdapter } from "./load-adapter.ts";
export { saveAdapter } from "./save-adapter.ts";

export type { CardOptions } from "./model-card.ts";
export type { SaveAdapterOptions } from "./save-adapter.ts";
