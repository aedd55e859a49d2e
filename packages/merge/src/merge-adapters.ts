import type { Adapter, LoraModule } from "@prefdelta/lora";
import type { Baselines } from "./gam/baselines.ts";
import { gatherModules } from "./gather-modules.ts";
import type { ModuleSource } from "./gather-modules.ts";
import { asksForInitial, initialFactors } from "./initial-factors.ts";
import { describeInspection } from "./inspect/describe-inspection.ts";
import { moduleInspector, type InspectedSources } from "./inspect/module-inspector.ts";
import type { MergeOptions } from "./merge-options.ts";
import { composeReport, mergedModule } from "./merged-module.ts";
import { moduleMerger } from "./module-merger.ts";
import { planMerge } from "./plan-merge.ts";
import type { MergeReport } from "./report/merge-report.ts";

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
  const plan = planMerge(adapters, options, inputs);
  const { parsed, names } = plan;
  const baselines: Baselines = new Map();
  const merge = moduleMerger(parsed, baselines);
  const inspect = inputs.diagnose === true ? moduleInspector(names, {}, baselines) : null;
  const inspected: InspectedSources[] = [];
  const initial = inputs.initial?.modules;
  const isGiven = initial !== undefined;
  const start = asksForInitial(parsed) ? initialFactors(adapters, { names, isGiven }) : null;
  const results = gatherModules(adapters, names, parsed).map((gathered) => {
    const one = start === null ? gathered : start(gathered, initial?.get(gathered.path));
    const combined = merge(one.path, one.sources);
    if (inspect !== null) inspected.push(inspect(one.path, one.sources, combined.space));
    const made = mergedModule(one, combined, { names, parsed });
    return { ...made, module: withOwnMemory(made.module, one.sources) };
  });
  const { baseModel, metadata } = plan;
  return {
    adapter: { modules: new Map(results.map(({ report, module }) => [report.module, module])), baseModel, metadata },
    report: composeReport(plan, results, inspect === null ? null : describeInspection(names, inspected)),
  };
}

/** Of one source, or of sources that follow one another in memory, a plain sum has the A as it is. */
function withOwnMemory(module: LoraModule, sources: readonly ModuleSource[]): LoraModule {
  const isShared = sources.some((source) => source.module.A.buffer === module.A.buffer);
  return isShared ? { ...module, A: module.A.slice() } : module;
}
