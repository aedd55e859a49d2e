import type { LoraModule, ModuleOutline } from "@prefdelta/lora";
import { encodeModule, openAdapter, portableRank } from "@prefdelta/lora/node";
import type { AdapterFile, EncodedModule } from "@prefdelta/lora/node";
import { gatherOutlines } from "../gather-modules.ts";
import type { GatheredModule, ModuleSource } from "../gather-modules.ts";
import type { Baselines } from "../gam/baselines.ts";
import { asksForInitial, initialFactors } from "../initial-factors.ts";
import { moduleInspector, type InspectedSources } from "../inspect/module-inspector.ts";
import type { ParsedMergeOptions } from "../merge-options.ts";
import { mergedModule, type ModuleOutcome } from "../merged-module.ts";
import { moduleMerger, storedRank } from "../module-merger.ts";
import { planMerge, type MergePlan } from "../plan-merge.ts";
import { factorReader } from "./read-factors.ts";

/** One of the merges of a job. */
interface JobMerge {
  readonly options: ParsedMergeOptions;
  /** λ of each file that the result goes to; null: its factors are wanted as they are. */
  readonly scales: readonly number[] | null;
}

/** What every thread is told; it can be sent to another thread. */
export interface MergeJob {
  readonly folders: readonly string[];
  /** Folder of the adapter whose A all began from, for gam's drift form. */
  readonly initial: string | undefined;
  readonly merges: readonly JobMerge[];
  readonly names: readonly string[];
  readonly baseModel: string | undefined;
  /** Folder of the model whose weights the results are for: threads of their own add them; undefined: files are written. */
  readonly base: string | undefined;
  readonly dtype: "F32" | "F16" | "BF16";
  /** Whether the sources are to be looked at, too. */
  readonly diagnose: boolean;
}

/** What one merge makes of a module. */
interface MadeMerge extends ModuleOutcome {
  /** By λ, as it is stored. */
  readonly files: readonly EncodedModule[];
  /** As it is; null where files are wanted, or it was added to the base's weight. */
  readonly factors: LoraModule | null;
  /** The new bytes of the base's weight, where a thread added it. */
  readonly weight?: Uint8Array<ArrayBuffer>;
}

export interface MadeModule {
  /** By merge. */
  readonly merges: readonly MadeMerge[];
  /** Null unless asked for. */
  readonly inspected: InspectedSources | null;
}

/** What becomes of one merge of a job. */
export interface OpenMerge {
  readonly plan: MergePlan;
  /** The merged modules, by path. */
  readonly modules: ReadonlyMap<string, ModuleOutline>;
  /** Of each module, without its numbers. */
  readonly sources: () => readonly (readonly ModuleSource<ModuleOutline>[])[];
  /** Of a module whose sources' factors were read. */
  readonly make: (sources: ReadSources) => { made: MadeMerge; inspect: () => InspectedSources };
}

/** The factors of one module in all adapters that have it, by the adapters' places, and in the initial adapter. */
interface ReadSources {
  readonly path: string;
  readonly factors: ReadonlyMap<number, LoraModule>;
  readonly given: LoraModule | undefined;
}

/** Adapters that are open, and what becomes of them. */
export interface OpenJob {
  readonly merges: readonly OpenMerge[];
  /** Of the modules, in path order. */
  readonly paths: readonly string[];
  /** Numbers of the sources' factors together: what there is to do. */
  readonly numbers: number;
  /** Reads a module's factors once and merges them in every way of the job. */
  readonly make: (path: string) => Promise<MadeModule>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the adapters and reads no more than their headers.
 *
 * @param baselines what is known of random subspaces, and where what is drawn goes
 * @throws MergeError, LoraError, SafetensorsError
 */
export async function openJob(job: MergeJob, baselines: Baselines = new Map()): Promise<OpenJob> {
  const opened: AdapterFile[] = [];
  const close = async (): Promise<void> => {
    for (const file of opened) await file.close();
  };
  const open = async (folder: string): Promise<AdapterFile> => {
    const file = await openAdapter(folder);
    opened.push(file);
    return file;
  };
  try {
    const files: AdapterFile[] = [];
    for (const folder of job.folders) files.push(await open(folder));
    const initial = job.initial === undefined ? undefined : await open(job.initial);
    const inspect = job.diagnose ? moduleInspector(job.names, {}, baselines) : null;
    const merges = job.merges.map((merge) => openMerge(files, merge, { ...job, inspect, baselines }));
    const paths = [...merges[0]!.modules.keys()];
    const readFactors = factorReader(files, job.names);
    const make = async (path: string): Promise<MadeModule> => {
      const { factors, release } = await readFactors(path);
      const given = initial?.modules.has(path) === true ? await initial.read(path) : undefined;
      const made: MadeMerge[] = [];
      let inspected: InspectedSources | null = null;
      // One after the other, so that no more than one merge's bases are in memory.
      for (const { make: merge } of merges) {
        const one = merge({ path, factors, given });
        // The sources are the same for all: the first looks at them.
        if (job.diagnose) inspected ??= one.inspect();
        made.push(one.made);
      }
      release();
      return { merges: made, inspected };
    };
    const numbers = files
      .flatMap((file) => [...file.modules.values()])
      .reduce((sum, module) => sum + module.rank * (module.inFeatures + module.outFeatures), 0);
    return { merges, paths, numbers, make, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Opening = Pick<MergeJob, "names" | "baseModel" | "dtype" | "initial"> & {
  readonly inspect: ReturnType<typeof moduleInspector> | null;
  readonly baselines: Baselines;
};

function openMerge(
  files: readonly AdapterFile[],
  { options, scales }: JobMerge,
  { names, baseModel, dtype, initial, inspect, baselines }: Opening,
): OpenMerge {
  const plan = planMerge(files, options, { names, ...(baseModel === undefined ? {} : { baseModel }) });
  const gathered = new Map(gatherOutlines(files, names, options).map((one) => [one.path, one]));
  const modules = new Map(
    [...gathered].map(([path, { sources }]) => {
      const { inFeatures, outFeatures } = sources[0]!.module;
      return [path, { rank: storedRank(sources, options), inFeatures, outFeatures, scale: 1 }];
    }),
  );
  const form = { rank: portableRank({ modules }), dtype };
  const merge = moduleMerger(options, baselines);
  const start = asksForInitial(options) ? initialFactors(files, { names, isGiven: initial !== undefined }) : null;
  return {
    plan,
    modules,
    sources: () => [...gathered.values()].map(({ sources }) => sources),
    make({ path, factors, given }) {
      const outline = gathered.get(path)!;
      const sources = outline.sources.map((source) => ({ ...source, module: factors.get(source.index)! }));
      const read: GatheredModule = { ...outline, sources };
      const whole = start === null ? read : start(read, given);
      const combined = merge(path, whole.sources);
      const { module, report, statistics } = mergedModule(whole, combined, plan);
      return {
        made: {
          report,
          statistics,
          files: scales === null ? [] : encodeEach(path, { module, scales }, form),
          factors: scales === null ? module : null,
        },
        inspect: () => inspect!(path, whole.sources, combined.space),
      };
    },
  };
}

/** The module at every λ: that multiplies B alone, so A is kept once. */
function encodeEach(
  path: string,
  { module, scales }: { module: LoraModule; scales: readonly number[] },
  form: Parameters<typeof encodeModule>[2],
): EncodedModule[] {
  let A: Uint8Array | undefined;
  return scales.map((scale) => {
    const encoded = encodeModule(path, { ...module, scale }, form);
    return { ...encoded, A: (A ??= encoded.A) };
  });
}
