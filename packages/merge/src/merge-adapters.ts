import { fromThinSvd } from "@prefdelta/lora";
import type { Adapter, LoraModule } from "@prefdelta/lora";
import { adapterNames } from "./adapter-names.ts";
import { mergedTerms, type CombinedModule } from "./combine-module.ts";
import { MergeError } from "./errors.ts";
import { initialFactors } from "./initial-factors.ts";
import { gatherModules, type ModuleSource } from "./gather-modules.ts";
import { mergeMethods, mergeOptionsSchema, type MergeOptions, type ParsedMergeOptions } from "./merge-options.ts";
import { describeInspection } from "./inspect/describe-inspection.ts";
import { moduleInspector, type InspectedSources } from "./inspect/module-inspector.ts";
import { mergeMetadata } from "./merge-metadata.ts";
import { describeByPlace } from "./module-place.ts";
import { moduleMerger, storedRank } from "./module-merger.ts";
import { parseOptions } from "./parse-options.ts";
import { summariseConsensus } from "./report/consensus-summary.ts";
import type { MergeReport, ModuleReport } from "./report/merge-report.ts";
import { addStatistics, describeStatistics, type MergeStatistics } from "./report/merge-statistics.ts";
import { moduleStatistics } from "./report/module-statistics.ts";

export interface MergeInputs {
  /** What messages, report and metadata call the adapters; by default "adapter 1", "adapter 2", … */
  readonly names?: readonly string[];
  /** For `form: "drift"` of gam: an adapter whose A is the A₀ of all. Absent: each adapter's recorded seed says. */
  readonly initial?: Adapter;
  /** Whether the report is to say how the sources stand to one another, as inspectAdapters does. */
  readonly diagnose?: boolean;
  /** The base model of the result. Absent: the one that all adapters name. */
  readonly baseModel?: string;
}

/**
 * One adapter whose update is a combination of the adapters' updates; ranks, scales and sets of modules may differ. The same inputs give the
 * same bytes. The order of the adapters changes nothing but rounding, except where a method takes them in order (slerp) or draws each one's
 * random numbers by its place.
 *
 * λ is in the scale of the result's modules; scaleDelta gives the same merge at another λ.
 *
 * @throws {MergeError} E_OPTIONS; E_ADAPTERS: none, layers of different shapes, or without the A₀ that the drift form asks for; E_BASE: different base models; E_NOT_FINITE: NaN or
 * infinity in a factor, by adapter and tensor
 */
export function mergeAdapters(
  adapters: readonly Adapter[],
  options: MergeOptions,
  inputs: MergeInputs = {},
): { adapter: Adapter; report: MergeReport } {
  const parsed = parseOptions(mergeOptionsSchema, options);
  const names = adapterNames(adapters, inputs.names);
  assertCounts(adapters, parsed);
  const baseModel = inputs.baseModel ?? commonBase(adapters, names);
  const method = mergeMethods[parsed.method];
  const merge = moduleMerger(parsed);

  const modules = new Map<string, LoraModule>();
  const reports: ModuleReport[] = [];
  const statistics: MergeStatistics[] = [];
  const inspect = inputs.diagnose === true ? moduleInspector(names) : null;
  const inspected: InspectedSources[] = [];
  const asksForDrift = parsed.method === "gam" && parsed.form === "drift";
  const gathered = gatherModules(adapters, names, parsed);
  const started = asksForDrift ? gathered.map(initialFactors(adapters, { names, initial: inputs.initial })) : gathered;
  for (const { path, sources, missing } of started) {
    const combined = merge(path, sources);
    const module = storedModule(combined, sources, parsed);
    const places = sources.map(({ index }) => index);
    const { rank, inFeatures, outFeatures } = module;
    const numbers = moduleStatistics(combined, { places, adapterCount: adapters.length, rank, scale: parsed.scale });
    modules.set(path, module);
    if (inspect !== null) inspected.push(inspect(path, sources, combined.space));
    statistics.push(numbers);
    reports.push({
      module: path,
      outFeatures,
      inFeatures,
      rank,
      weights: names.map((_, index) => sources.find((source) => source.index === index)?.weight ?? 0),
      missing: missing.map((index) => names[index]!),
      ...describeStatistics(numbers, names),
      consensus: combined.consensus,
    });
  }
  return {
    adapter: { modules, baseModel, metadata: mergeMetadata(adapters, names, parsed) },
    report: {
      method: parsed.method,
      options: parsed,
      reference: method.reference,
      deviation: method.deviation,
      summary: {
        modules: modules.size,
        incompleteModules: reports.filter(({ missing }) => missing.length > 0).length,
        ...describeStatistics(addStatistics(statistics), names),
        consensus: method === mergeMethods.gam ? summariseConsensus(reports.map(({ consensus }) => consensus!)) : null,
      },
      diagnostics: inspect === null ? null : describeInspection(names, inspected),
      ...describeByPlace(
        reports.map(({ module }, i) => ({ module, statistics: statistics[i]! })),
        ({ module }) => module,
        (group) => ({
          modules: group.length,
          ...describeStatistics(addStatistics(group.map((one) => one.statistics)), names),
        }),
      ),
      modules: reports,
    },
  };
}

/** Where nothing is cut off, factors that a method has as they are: no decomposition's rounding, the same bytes for every plain sum. */
function storedModule(
  combined: CombinedModule,
  sources: readonly ModuleSource[],
  { rank, scale }: ParsedMergeOptions,
): LoraModule {
  if (rank === "full" && combined.exact !== null) return { ...combined.exact, scale };
  const kept = storedRank(sources, rank);
  return { ...fromThinSvd(mergedTerms(combined, kept), kept), scale };
}

function assertCounts(adapters: readonly Adapter[], { method, weights }: ParsedMergeOptions): void {
  if (adapters.every(({ modules }) => modules.size === 0)) {
    throw new MergeError("E_ADAPTERS", [
      `expected at least one adapter with modules, found ${adapters.length} without`,
    ]);
  }
  if (weights !== undefined && weights.length !== adapters.length) {
    const expected = `expected one per adapter, ${adapters.length}, found ${weights.length}`;
    throw new MergeError("E_OPTIONS", [`weights: ${expected}`]);
  }
  const { adapters: needed = adapters.length } = mergeMethods[method];
  if (needed !== adapters.length) {
    throw new MergeError("E_ADAPTERS", [`${method}: expected ${needed} adapters, found ${adapters.length}`]);
  }
}

function commonBase(adapters: readonly Adapter[], names: readonly string[]): string | null {
  const bases = new Set(adapters.flatMap(({ baseModel }) => baseModel ?? []));
  if (bases.size <= 1) return [...bases][0] ?? null;
  const found = adapters.map(({ baseModel }, i) => `${names[i]}: ${baseModel ?? "none named"}`).join("; ");
  throw new MergeError("E_BASE", [`expected adapters of one base model, found ${found}`]);
}
