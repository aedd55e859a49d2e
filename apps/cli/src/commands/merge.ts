import { basename } from "node:path";

import { mergeAdapters, mergeMethods } from "@prefdelta/merge";
import { isStreamable, mergeFolders } from "@prefdelta/merge/node";
import type { Adapter } from "@prefdelta/lora";
import { loadAdapter, mergeIntoBase, saveAdapter } from "@prefdelta/lora/node";
import type { MergedModel } from "@prefdelta/lora/node";

import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import { formatMerge } from "../merging/format-merge.ts";
import { readMergePlan } from "../merging/merge-plan.ts";
import { mergeSweep } from "../merging/merge-sweep.ts";
import type { Progress, Reporter } from "../print/reporter.ts";

/** `pda merge ADAPTER... --method gam --out DIR`: one adapter out of several. */
export const merge: Command = {
  description: "Merge adapters into one, or by several methods at several strengths",
  arguments: {
    adapter: {
      type: "positional",
      rest: true,
      required: false,
      description: "adapter folders; a mergekit file names them itself",
    },
    out: { type: "string", required: true, valueHint: "DIR", description: "folder of the merged adapter" },
    method: {
      type: "string",
      valueHint: "NAME",
      description: `${Object.keys(mergeMethods).join(", ")}; task_arithmetic if not given`,
    },
    weights: { type: "string", valueHint: "0.5,0.5", description: "one for each adapter; 1 each if not given" },
    scale: { type: "string", valueHint: "X", description: "λ: multiplies the merged update" },
    rank: { type: "string", valueHint: "N", description: 'rank of the result; "full" (default) loses nothing' },
    initial: {
      type: "string",
      valueHint: "ADAPTER",
      description: "for gam with form: drift, the adapter whose A all began from; else their recorded seeds say",
    },
    "into-base": {
      type: "string",
      valueHint: "MODEL",
      description: "write this model with the merged update added to its weights, not an adapter",
    },
    config: {
      type: "string",
      valueHint: "merge.yaml",
      description: "the method's options; several methods or λ; or a mergekit file",
    },
    set: { type: "string", repeatable: true, valueHint: "key=value", description: "one option of the method" },
  },
  async run(args, { reporter }) {
    const out = args.values["out"]!;
    const plan = await readMergePlan(args);
    const named = plan.baseModel === null ? {} : { baseModel: plan.baseModel };
    const start = args.values["initial"];
    const initial = start === undefined ? {} : { initial: await loadAdapter(start) };
    // Diagnostics take as long as merging again; the text has none of them.
    const inputs = { names: [...plan.adapters], ...named, ...initial, diagnose: args.flags.has("json") };
    const [first] = plan.merges;
    const base = args.values["into-base"];
    const dtype = plan.dtype === null ? {} : { dtype: plan.dtype };
    const card = { title: basename(out) };
    const isOne = plan.merges.length === 1 && plan.scales === null && base === undefined;
    // Without diagnostics no more than a module of each adapter need be in memory.
    if (isOne && !inputs.diagnose && isStreamable(first!.options)) {
      const report = await mergeFolders(plan.adapters, first!.options, { out, ...named, ...dtype, card });
      return { json: { adapter: out, report: report as unknown as Json }, text: `${formatMerge(report)}\n\n→ ${out}` };
    }
    const adapters = await Promise.all(plan.adapters.map((folder) => loadAdapter(folder)));
    if (plan.merges.length > 1 || plan.scales !== null) {
      if (base !== undefined) throw new CliError("E_USAGE", "--into-base: expected one merge, found several");
      return mergeSweep(plan, adapters, { out, inputs, reporter });
    }
    const { adapter, report } = mergeAdapters(adapters, first!.options, inputs);
    if (base !== undefined) {
      const { files: _, ...counts } = await writeModel(out, adapter, { base, reporter });
      const text = `${formatMerge(report)}\n\n${counts.changed} of ${counts.tensors} tensors changed → ${out}`;
      return { json: { model: out, ...counts, report: report as unknown as Json }, text };
    }
    await saveAdapter(out, adapter, { card, ...dtype });
    return { json: { adapter: out, report: report as unknown as Json }, text: `${formatMerge(report)}\n\n→ ${out}` };
  },
};

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
