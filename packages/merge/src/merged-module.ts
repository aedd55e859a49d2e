import { fromThinSvd } from "@prefdelta/lora";
import type { LoraModule, ThinSvd } from "@prefdelta/lora";
import { mergedTerms, type CombinedModule } from "./combine-module.ts";
import type { GatheredModule, ModuleSource } from "./gather-modules.ts";
import type { Diagnostics } from "./inspect/describe-inspection.ts";
import { mergeMethods, type ParsedMergeOptions } from "./merge-options.ts";
import { storedRank } from "./module-merger.ts";
import { describeByPlace } from "./module-place.ts";
import type { MergePlan } from "./plan-merge.ts";
import { summariseConsensus } from "./report/consensus-summary.ts";
import type { MergeReport, ModuleReport } from "./report/merge-report.ts";
import { addStatistics, describeStatistics, type MergeStatistics } from "./report/merge-statistics.ts";
import { moduleStatistics } from "./report/module-statistics.ts";

/** What a merge has to say of one module. */
export interface ModuleOutcome {
  readonly report: ModuleReport;
  readonly statistics: MergeStatistics;
}

/** The stored module, and what there is to say of it. */
export function mergedModule(
  { path, sources, missing }: GatheredModule,
  combined: CombinedModule,
  { names, parsed }: Pick<MergePlan, "names" | "parsed">,
): ModuleOutcome & { readonly module: LoraModule } {
  const { module, written } = storedModule(combined, sources, parsed);
  const places = sources.map(({ index }) => index);
  const { rank, inFeatures, outFeatures } = module;
  const asked = { places, adapterCount: names.length, rank, scale: parsed.scale, written };
  const statistics = combined.statistics?.(asked) ?? moduleStatistics(combined, asked);
  const report: ModuleReport = {
    module: path,
    outFeatures,
    inFeatures,
    rank,
    weights: names.map((_, index) => sources.find((source) => source.index === index)?.weight ?? 0),
    missing: missing.map((index) => names[index]!),
    ...describeStatistics(statistics, names),
    consensus: combined.consensus,
  };
  return { module, report, statistics };
}

/** @param outcomes in path order */
export function composeReport(
  { parsed, names }: Pick<MergePlan, "names" | "parsed">,
  outcomes: readonly ModuleOutcome[],
  diagnostics: Diagnostics | null,
): MergeReport {
  const method = mergeMethods[parsed.method];
  const reports = outcomes.map(({ report }) => report);
  const describe = (group: readonly ModuleOutcome[]) =>
    describeStatistics(addStatistics(group.map(({ statistics }) => statistics)), names);
  return {
    method: parsed.method,
    options: parsed,
    paper: method.paper,
    equation: method.equation,
    deviation: method.deviation,
    summary: {
      modules: reports.length,
      incompleteModules: reports.filter(({ missing }) => missing.length > 0).length,
      ...describe(outcomes),
      consensus: method === mergeMethods.gam ? summariseConsensus(reports.map(({ consensus }) => consensus!)) : null,
    },
    diagnostics,
    ...describeByPlace(
      outcomes,
      ({ report }) => report.module,
      (group) => ({ modules: group.length, ...describe(group) }),
    ),
    modules: reports,
  };
}

/** Where nothing is cut off, factors that a method has as they are: no decomposition's rounding, the same bytes for every plain sum. */
function storedModule(
  combined: CombinedModule,
  sources: readonly ModuleSource[],
  options: ParsedMergeOptions,
): { readonly module: LoraModule; readonly written: ThinSvd | undefined } {
  const { rank, scale } = options;
  if (rank === "full" && combined.exact !== null) return { module: { ...combined.exact(), scale }, written: undefined };
  const kept = storedRank(sources, options);
  const written = mergedTerms(combined, kept);
  return { module: { ...fromThinSvd(written, kept), scale }, written };
}
