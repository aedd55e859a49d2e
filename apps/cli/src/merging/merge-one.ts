import { basename, join } from "node:path";

import type { MergedModel } from "@prefdelta/lora/node";
import type { MergeReport } from "@prefdelta/merge";
import { mergeFolders, mergeFoldersIntoBase } from "@prefdelta/merge/node";

import type { CommandResult } from "../command.ts";
import type { Json } from "../files/canonical-json.ts";
import { removeUnfinished, unfinishedName } from "../files/workspace.ts";
import type { Progress, Reporter } from "../print/reporter.ts";
import type { DevSearch } from "./dev-search.ts";
import { formatMerge, formatSearch } from "./format-merge.ts";
import { unlessInterrupted, type MergeInputs } from "./merge-inputs.ts";
import type { MergePlan } from "./merge-plan.ts";
import { mergedAtOne } from "./merged-at-one.ts";

interface MergeOneOptions {
  readonly out: string;
  /** The model that the update is to be added to; absent: an adapter is written. */
  readonly base: string | undefined;
  readonly inputs: MergeInputs;
  /** Whether the sources are to be looked at. */
  readonly diagnose: boolean;
  /** Finds the λ; null: the options say it. */
  readonly search: DevSearch | null;
  readonly reporter: Reporter;
}

type Options = MergePlan["merges"][number]["options"];

/** The plan's only merge, as an adapter folder or added to a model. */
export async function mergeOne(
  { merges, scales }: MergePlan,
  { search, ...settings }: MergeOneOptions,
): Promise<CommandResult> {
  const { out, inputs } = settings;
  const [{ options }] = merges as [MergePlan["merges"][number]];
  if (search === null) {
    const { json, report, done } = await write(options, settings);
    return { json: { ...json, report: report as unknown as Json }, text: `${formatMerge(report)}\n\n${done}` };
  }
  const merged = await unlessInterrupted(inputs.signal, () =>
    mergedAtOne(inputs, options, join(unfinishedName(out), "merged")),
  );
  const choice = await search.choose(merged, scales!, options);
  // The model has answered: its memory is free for what is written.
  await search.close();
  const { json, report, done } = await write({ ...options, scale: choice.scale }, settings);
  await removeUnfinished(out);
  return {
    json: { ...json, search: choice as unknown as Json, report: report as unknown as Json },
    text: `${formatSearch(choice)}\n\n${formatMerge(report)}\n\n${done}`,
  };
}

interface Written {
  readonly json: Readonly<Record<string, Json>>;
  readonly report: MergeReport;
  /** What was written where, in words. */
  readonly done: string;
}

async function write(options: Options, settings: Omit<MergeOneOptions, "search">): Promise<Written> {
  const { out, base, inputs, diagnose } = settings;
  const { folders, signal } = inputs;
  if (base === undefined) {
    const card = { title: basename(out) };
    const report = await unlessInterrupted(signal, () =>
      mergeFolders(folders, options, { out, card, diagnose, ...inputs }),
    );
    return { json: { adapter: out }, report, done: `→ ${out}` };
  }
  const { report, model } = await writeModel(options, { ...settings, base });
  const { files: _, ...counts } = model;
  const done = `${counts.changed} of ${counts.tensors} tensors changed → ${out}`;
  return { json: { model: out, ...counts }, report, done };
}

/** The merged model, with a bar over its tensors. */
async function writeModel(
  options: Options,
  { out, base, inputs, diagnose, reporter }: Omit<MergeOneOptions, "search" | "base"> & { readonly base: string },
): Promise<{ readonly report: MergeReport; readonly model: MergedModel }> {
  const { folders, dtype: _, ...told } = inputs;
  let progress: Progress | undefined;
  const onTensor = ({ place, total }: { place: number; total: number }): void => {
    progress ??= reporter.progress("writing", { total, unit: "tensors" });
    progress.update(place);
  };
  try {
    return await unlessInterrupted(inputs.signal, () =>
      mergeFoldersIntoBase(folders, options, { out, base, diagnose, onTensor, ...told }),
    );
  } finally {
    progress?.stop();
  }
}
