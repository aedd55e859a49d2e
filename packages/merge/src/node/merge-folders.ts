import { fileOrder, streamAdapter } from "@prefdelta/lora/node";
import type { CardOptions, EncodedModule } from "@prefdelta/lora/node";
import { mergeOptionsSchema, type MergeOptions } from "../merge-options.ts";
import { parseOptions } from "../parse-options.ts";
import type { MergeReport } from "../report/merge-report.ts";
import type { MergeJob } from "./merge-job.ts";
import { runMerge, type RunMergeOptions } from "./run-merge.ts";

export interface MergeSettings extends RunMergeOptions {
  /** What messages, report and metadata call the adapters; by default their folders. */
  readonly names?: readonly string[] | undefined;
  readonly baseModel?: string | undefined;
  /** For gam's drift form: folder of an adapter whose A is the A₀ of all. Absent: each adapter's recorded seed says. */
  readonly initial?: string | undefined;
  /** Whether the report is to say how the sources stand to one another, as inspectAdapters does. */
  readonly diagnose?: boolean | undefined;
}

export interface MergeFilesSettings extends MergeSettings {
  /** Default F32. */
  readonly dtype?: MergeJob["dtype"] | undefined;
}

export interface MergeFoldersSettings extends MergeFilesSettings {
  /** Folder of the merged adapter. */
  readonly out: string;
  readonly card?: CardOptions;
}

/**
 * Merges adapter folders into one, module by module: memory holds a few modules, whatever the adapters' size. The same bytes as mergeAdapters
 * and saveAdapter give, for any number of threads.
 *
 * @throws MergeError, LoraError, SafetensorsError: as openAdapter, mergeAdapters and saveAdapter; the signal's reason. Nothing is then under the
 * final name
 */
export async function mergeFolders(
  folders: readonly string[],
  options: MergeOptions,
  { out, card = {}, ...settings }: MergeFoldersSettings,
): Promise<MergeReport> {
  const [report] = await mergeFoldersEach(folders, [{ options, files: [{ out, card }] }], settings);
  return report!;
}

/** A way to merge, and where its result goes. */
export interface EachMerge {
  readonly options: MergeOptions;
  readonly files: readonly MergedFile[];
}

interface MergedFile {
  readonly out: string;
  /** λ in place of the options' own. */
  readonly scale?: number;
  readonly card?: CardOptions;
}

/**
 * Merges adapter folders in several ways and at several λ from one reading: a module's factors are read once, and its results go to all folders
 * at the same time. Each folder has the bytes that mergeFolders would give it alone. Where one fails all stop, and none is there that was not whole.
 *
 * @returns a report for each merge, at its options' own λ; `diagnostics` are in the first
 * @throws as mergeFolders
 */
export async function mergeFoldersEach(
  folders: readonly string[],
  merges: readonly EachMerge[],
  { names = folders, dtype = "F32", baseModel, initial, diagnose = false, ...run }: MergeFilesSettings = {},
): Promise<MergeReport[]> {
  const parsed = merges.map(({ options }) => parseOptions(mergeOptionsSchema, options));
  const files = merges.flatMap((merge, place) =>
    merge.files.map((file, at) => ({ card: {}, scale: parsed[place]!.scale, ...file, place, at })),
  );
  const scalesOf = (place: number): number[] => files.filter((file) => file.place === place).map(({ scale }) => scale);
  const job: MergeJob = {
    ...{ folders, names, baseModel, base: undefined, initial, dtype, diagnose },
    merges: parsed.map((options, place) => ({ options, scales: scalesOf(place) })),
  };
  return runMerge(
    job,
    {
      takers: files.length,
      order: ([first]) => fileOrder(first!),
      async write(taker, opened, take) {
        const { out, card, scale, place, at } = files[taker]!;
        const { plan, modules } = opened[place]!;
        const encode = async (path: string): Promise<EncodedModule> => (await take(path)).merges[place]!.files[at]!;
        const metadata = new Map([...plan.metadata, ["merge_scale", String(scale)]]);
        await streamAdapter(out, { modules, baseModel: plan.baseModel, metadata, encode }, { dtype, card });
      },
    },
    run,
  );
}
