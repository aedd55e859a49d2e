import type { LoraModule, ModuleOutline } from "@prefdelta/lora";
import { encodeModule, openAdapter, portableRank } from "@prefdelta/lora/node";
import type { AdapterFile, EncodedModule } from "@prefdelta/lora/node";
import { assertFinite } from "../assert-finite.ts";
import { gatherOutlines } from "../gather-modules.ts";
import type { GatheredModule, ModuleSource } from "../gather-modules.ts";
import { moduleInspector, type InspectedSources } from "../inspect/module-inspector.ts";
import { mergeMethods, type ParsedMergeOptions } from "../merge-options.ts";
import { mergedModule, type ModuleOutcome } from "../merged-module.ts";
import { moduleMerger, storedRank } from "../module-merger.ts";
import { planMerge, type MergePlan } from "../plan-merge.ts";

/** What every thread of a merge is told; it can be sent to another thread. */
export interface MergeJob {
  readonly folders: readonly string[];
  readonly options: ParsedMergeOptions;
  readonly names: readonly string[];
  readonly baseModel: string | undefined;
  readonly dtype: "F32" | "F16" | "BF16";
  /** Whether the sources are to be looked at, too. */
  readonly diagnose: boolean;
}

export interface MadeModule extends ModuleOutcome {
  readonly bytes: EncodedModule;
  /** Null unless asked for. */
  readonly inspected: InspectedSources | null;
}

/** Adapters that are open, and what becomes of them. */
export interface OpenMerge {
  readonly plan: MergePlan;
  /** The merged modules, by path. */
  readonly modules: ReadonlyMap<string, ModuleOutline>;
  /** Numbers of the sources' factors together: what there is to do. */
  readonly numbers: number;
  readonly make: (path: string) => Promise<MadeModule>;
  readonly close: () => Promise<void>;
}

/** Whether a merge by these options can be made module by module: its result's ranks are known before. */
export const isStreamable = (options: ParsedMergeOptions): boolean => {
  const method = mergeMethods[options.method];
  if (options.method === "gam" && options.form === "drift") return false;
  return "combiner" in method || ("entries" in method && method.on(options) === "updates");
};

/**
 * Opens the adapters and reads no more than their headers.
 *
 * @throws MergeError, LoraError, SafetensorsError
 */
export async function openMerge({ folders, options, names, baseModel, dtype, diagnose }: MergeJob): Promise<OpenMerge> {
  const files: AdapterFile[] = [];
  const close = async (): Promise<void> => {
    for (const file of files) await file.close();
  };
  try {
    for (const folder of folders) files.push(await openAdapter(folder));
    const plan = planMerge(files, options, { names, ...(baseModel === undefined ? {} : { baseModel }) });
    const gathered = new Map(gatherOutlines(files, names, options).map((one) => [one.path, one]));
    const modules = new Map(
      [...gathered].map(([path, { sources }]) => {
        const { inFeatures, outFeatures } = sources[0]!.module;
        return [path, { rank: storedRank(sources, options.rank), inFeatures, outFeatures, scale: 1 }];
      }),
    );
    const rank = portableRank({ modules });
    const merge = moduleMerger(options);
    const inspect = diagnose ? moduleInspector(names) : null;
    const numbers = files
      .flatMap((file) => [...file.modules.values()])
      .reduce((sum, module) => sum + module.rank * (module.inFeatures + module.outFeatures), 0);
    const make = async (path: string): Promise<MadeModule> => {
      const outline = gathered.get(path)!;
      const sources: ModuleSource[] = [];
      for (const source of outline.sources)
        sources.push({ ...source, module: await readModule(files, { path, index: source.index, names }) });
      const whole: GatheredModule = { ...outline, sources };
      const combined = merge(path, sources);
      const { module, report, statistics } = mergedModule(whole, combined, plan);
      const inspected = inspect === null ? null : inspect(path, sources, combined.space);
      return { report, statistics, inspected, bytes: encodeModule(path, module, { rank, dtype }) };
    };
    return { plan, modules, numbers, make, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readModule(
  files: readonly AdapterFile[],
  { path, index, names }: { path: string; index: number; names: readonly string[] },
): Promise<LoraModule> {
  const module = await files[index]!.read(path);
  assertFinite([{ modules: new Map([[path, module]]) }], [names[index]!]);
  return module;
}
