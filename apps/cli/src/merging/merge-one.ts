import { basename } from "node:path";

import type { Adapter } from "@prefdelta/lora";
import { loadAdapter, mergeIntoBase, saveAdapter } from "@prefdelta/lora/node";
import type { MergedModel } from "@prefdelta/lora/node";
import { mergeAdapters } from "@prefdelta/merge";
import type { MergeInputs, MergeReport } from "@prefdelta/merge";
import { isStreamable, mergeFolders } from "@prefdelta/merge/node";

import type { CommandResult } from "../command.ts";
import type { Json } from "../files/canonical-json.ts";
import { removeUnfinished } from "../files/workspace.ts";
import type { Progress, Reporter } from "../print/reporter.ts";
import type { DevSearch } from "./dev-search.ts";
import { formatMerge, formatSearch } from "./format-merge.ts";
import type { MergePlan } from "./merge-plan.ts";

interface MergeOneOptions {
  readonly out: string;
  /** The model that the update is to be added to; absent: an adapter is written. */
  readonly base: string | undefined;
  readonly inputs: MergeInputs;
  /** Finds the λ; null: the options say it. */
  readonly search: DevSearch | null;
  readonly reporter: Reporter;
}

/** The plan's only merge, as an adapter folder or added to a model. */
export async function mergeOne(plan: MergePlan, { search, ...settings }: MergeOneOptions): Promise<CommandResult> {
  const { out } = settings;
  const [{ options }] = plan.merges as [MergePlan["merges"][number]];
  if (search === null) {
    const { json, report, done } = await write(plan, options, settings);
    return { json: { ...json, report: report as unknown as Json }, text: `${formatMerge(report)}\n\n${done}` };
  }
  const adapters = await Promise.all(plan.adapters.map((folder) => loadAdapter(folder)));
  const { adapter: merged } = mergeAdapters(
    adapters,
    { ...options, scale: 1 },
    { ...settings.inputs, diagnose: false },
  );
  const choice = await search.choose(merged, plan.scales!, options);
  // The model has answered: its memory is free for what is written.
  await search.close();
  const { json, report, done } = await write(plan, { ...options, scale: choice.scale }, settings);
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

async function write(
  plan: MergePlan,
  options: MergePlan["merges"][number]["options"],
  { out, base, inputs, reporter }: Omit<MergeOneOptions, "search">,
): Promise<Written> {
  const dtype = plan.dtype === null ? {} : { dtype: plan.dtype };
  const named = plan.baseModel === null ? {} : { baseModel: plan.baseModel };
  const card = { title: basename(out) };
  // No more than a module of each adapter need be in memory.
  if (base === undefined && isStreamable(options)) {
    const diagnose = inputs.diagnose === true;
    const report = await mergeFolders(plan.adapters, options, { out, ...named, ...dtype, card, diagnose });
    return { json: { adapter: out }, report, done: `→ ${out}` };
  }
  const adapters = await Promise.all(plan.adapters.map((folder) => loadAdapter(folder)));
  const { adapter, report } = mergeAdapters(adapters, options, inputs);
  if (base === undefined) {
    await saveAdapter(out, adapter, { card, ...dtype });
    return { json: { adapter: out }, report, done: `→ ${out}` };
  }
  const { files: _, ...counts } = await writeModel(out, adapter, { base, reporter });
  const done = `${counts.changed} of ${counts.tensors} tensors changed → ${out}`;
  return { json: { model: out, ...counts }, report, done };
}

/** The merged model, with a bar over its tensors. */
async function writeModel(
  out: string,
  adapter: Adapter,
  { base, reporter }: { base: string; reporter: Reporter },
): Promise<MergedModel> {
  let progress: Progress | undefined;
  try {
    return await mergeIntoBase(out, adapter, {
      base,
      onTensor({ place, total }) {
        progress ??= reporter.progress("writing", { total, unit: "tensors" });
        progress.update(place);
      },
    });
  } finally {
    progress?.stop();
  }
}
