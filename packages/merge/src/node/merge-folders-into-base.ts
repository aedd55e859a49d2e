import type { LoraModule } from "@prefdelta/lora";
import { mergeIntoBase, modulesInBase } from "@prefdelta/lora/node";
import type { MergedModel, MergeIntoBaseOptions } from "@prefdelta/lora/node";
import { mergeOptionsSchema, type MergeOptions } from "../merge-options.ts";
import { parseOptions } from "../parse-options.ts";
import type { MergeReport } from "../report/merge-report.ts";
import type { MergeSettings } from "./merge-folders.ts";
import type { MadeModule } from "./merge-job.ts";
import { runMerge } from "./run-merge.ts";

export interface IntoBaseSettings extends MergeSettings, Omit<MergeIntoBaseOptions, "signal"> {
  /** Folder of the merged model. */
  readonly out: string;
}

/**
 * Merges adapter folders and adds the result to a base model, module by module: a weight's update is made when the weight is written. Threads add
 * what they merged, so that a weight for each is in memory; where there are none, some rows of one. The same bytes as mergeAdapters and
 * mergeIntoBase give.
 *
 * @throws as mergeFolders and mergeIntoBase; nothing is then under the final name
 */
export async function mergeFoldersIntoBase(
  folders: readonly string[],
  options: MergeOptions,
  { out, base, title, onTensor, names = folders, baseModel, initial, diagnose = false, ...run }: IntoBaseSettings,
): Promise<{ readonly report: MergeReport; readonly model: MergedModel }> {
  const parsed = parseOptions(mergeOptionsSchema, options);
  const written: MergedModel[] = [];
  const [report] = await runMerge(
    { folders, names, baseModel, base, initial, diagnose, dtype: "F32", merges: [{ options: parsed, scales: null }] },
    {
      takers: 1,
      order: ([merge]) => modulesInBase(base, merge!.modules),
      async write(_, [merge], take) {
        const { plan, modules } = merge!;
        const read = async (path: string): Promise<LoraModule | Uint8Array> => {
          const [{ weight, factors }] = (await take(path)).merges as [MadeModule["merges"][number]];
          return weight ?? factors!;
        };
        const given = { ...(title === undefined ? {} : { title }), ...(onTensor === undefined ? {} : { onTensor }) };
        const source = { modules, baseModel: plan.baseModel, metadata: plan.metadata, read };
        written.push(await mergeIntoBase(out, source, { base, ...given, signal: run.signal }));
      },
    },
    run,
  );
  return { report: report!, model: written[0]! };
}
