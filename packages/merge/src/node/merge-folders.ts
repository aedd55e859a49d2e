import { availableParallelism } from "node:os";
import { fileOrder, streamAdapter } from "@prefdelta/lora/node";
import type { CardOptions, EncodedModule } from "@prefdelta/lora/node";
import { describeInspection } from "../inspect/describe-inspection.ts";
import { composeReport } from "../merged-module.ts";
import { mergeOptionsSchema, type MergeOptions } from "../merge-options.ts";
import { parseOptions } from "../parse-options.ts";
import type { MergeReport } from "../report/merge-report.ts";
import { openMerge, type MadeModule, type MergeJob } from "./merge-job.ts";
import { startThreads } from "./merge-threads.ts";

export interface MergeFoldersSettings {
  /** Folder of the merged adapter. */
  readonly out: string;
  /** What messages, report and metadata call the adapters; by default their folders. */
  readonly names?: readonly string[];
  readonly baseModel?: string;
  /** Default F32. */
  readonly dtype?: MergeJob["dtype"];
  readonly card?: CardOptions;
  /** Whether the report is to say how the sources stand to one another, as inspectAdapters does. */
  readonly diagnose?: boolean;
  /** Threads; by default one a core, and none of its own for a small merge. The result does not depend on it. */
  readonly threads?: number;
}

/** Numbers that are merged sooner than a thread starts. */
const SMALL = 2 ** 22;

/**
 * Merges adapter folders into one, module by module: memory holds a few modules, whatever the adapters' size. The same bytes as mergeAdapters
 * and saveAdapter give, for any number of threads.
 *
 * @throws MergeError, LoraError, SafetensorsError: as openAdapter, mergeAdapters and saveAdapter; nothing is then under the final name
 */
export async function mergeFolders(
  folders: readonly string[],
  options: MergeOptions,
  { out, names = folders, baseModel, dtype = "F32", card = {}, threads, diagnose = false }: MergeFoldersSettings,
): Promise<MergeReport> {
  const job: MergeJob = {
    folders,
    options: parseOptions(mergeOptionsSchema, options),
    names,
    baseModel,
    dtype,
    diagnose,
  };
  const merge = await openMerge(job);
  try {
    const { plan, modules, numbers } = merge;
    const count = Math.min(modules.size, threads ?? (numbers < SMALL ? 1 : availableParallelism()));
    const own = { make: merge.make, close: async (): Promise<void> => {} };
    const workers = count <= 1 ? own : startThreads(job, count);
    const outcomes = new Map<string, Omit<MadeModule, "bytes">>();
    // One ahead for each thread: none waits for the disk, and no more is held.
    const made = inOrder(fileOrder({ modules }), workers.make, count <= 1 ? 1 : 2 * count);
    const encode = async (path: string): Promise<EncodedModule> => {
      const { bytes, ...outcome } = await made(path);
      outcomes.set(path, outcome);
      return bytes;
    };
    try {
      const { baseModel: base, metadata } = plan;
      await streamAdapter(out, { modules, baseModel: base, metadata, encode }, { dtype, card });
    } finally {
      await workers.close();
    }
    const ordered = [...modules.keys()].map((path) => outcomes.get(path)!);
    const inspected = ordered.flatMap((outcome) => outcome.inspected ?? []);
    return composeReport(plan, ordered, diagnose ? describeInspection(names, inspected) : null);
  } finally {
    await merge.close();
  }
}

/** Begins as many modules ahead as asked, in the order in which they will be wanted. */
function inOrder(
  paths: readonly string[],
  make: (path: string) => Promise<MadeModule>,
  ahead: number,
): (path: string) => Promise<MadeModule> {
  const begun = new Map<string, Promise<MadeModule>>();
  let next = 0;
  const begin = (path: string): Promise<MadeModule> => {
    const made = begun.get(path) ?? make(path);
    // What fails is told when it is its turn.
    made.catch(() => {});
    begun.set(path, made);
    return made;
  };
  return async (path) => {
    const wanted = begin(path);
    while (next < paths.length && begun.size < ahead) {
      const ahead = paths[next++]!;
      if (ahead !== path) void begin(ahead);
    }
    const made = await wanted;
    begun.delete(path);
    return made;
  };
}
