export { engineNames } from "./lint/engines.ts";
export { exportGguf } from "./export-gguf.ts";
export { lintAdapter } from "./lint-adapter.ts";
export { loadAdapter } from "./load-adapter.ts";
export { mergeIntoBase } from "./merge-into-base.ts";
export { openAdapter } from "./open-adapter.ts";
export { saveAdapter } from "./save-adapter.ts";
export { portableRank } from "./portable-module.ts";
export { encodeModule, fileOrder, streamAdapter } from "./stream-adapter.ts";

export type { ExportGgufOptions } from "./export-gguf.ts";
export type { Engine } from "./lint/engines.ts";
export type { EngineLint, LintFinding } from "./lint/lint-facts.ts";
export type { Verdict } from "./lint/lint-rules.ts";
export type { MergedModel, MergeIntoBaseOptions } from "./merge-into-base.ts";
export type { CardOptions } from "./model-card.ts";
export type { AdapterFile } from "./open-adapter.ts";
export type { SaveAdapterOptions } from "./save-adapter.ts";
export type { EncodedModule, StreamedAdapter } from "./stream-adapter.ts";
