export { MergeError } from "./errors.ts";
export { inspectAdapters } from "./inspect/inspect-adapters.ts";
export { mergeAdapters } from "./merge-adapters.ts";
export { mergeMethods, mergeOptionsSchema } from "./merge-options.ts";
export { mergekitSchema } from "./mergekit/mergekit-schema.ts";
export { scaleDelta } from "./scale-delta.ts";

export type { MergeErrorCode } from "./errors.ts";
export type { SpanComparison } from "./inspect/compare-spans.ts";
export type { InspectOptions } from "./inspect/inspect-adapters.ts";
export type { PairReport, UpdateReport } from "./inspect/inspect-module.ts";
export type { InspectReport } from "./inspect/inspect-report.ts";
export type { PairSummary } from "./inspect/summarise-pair.ts";
export type { MergeInputs } from "./merge-adapters.ts";
export type { MergeMethodName, MergeOptions, ParsedMergeOptions } from "./merge-options.ts";
export type { MergekitMerge } from "./mergekit/mergekit-schema.ts";
export type { ByPlace, ModulePlace } from "./module-place.ts";
export type {
  ConsensusFinding,
  EntryMethod,
  FactorMethod,
  Factors,
  MergeMethod,
  ModuleConsensus,
  SideFinding,
  SubspaceMethod,
} from "./methods/merge-method.ts";
export type { Diagnostics, GroupDiagnostics, ModuleDiagnostics } from "./inspect/describe-inspection.ts";
export type { ConsensusSummary } from "./report/consensus-summary.ts";
export type { MergeReport, ModuleReport } from "./report/merge-report.ts";
export type { MergeDescription, SourceDescription } from "./report/merge-statistics.ts";
