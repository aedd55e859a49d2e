import { basename } from "node:path";

import { mergeAdapters, mergeMethods } from "@prefdelta/merge";
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";

import type { Command } from "../command.ts";
import type { Json } from "../files/canonical-json.ts";
import { formatMerge } from "../merging/format-merge.ts";
import { readMergePlan } from "../merging/merge-plan.ts";
import { mergeSweep } from "../merging/merge-sweep.ts";

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
    const adapters = await Promise.all(plan.adapters.map((folder) => loadAdapter(folder)));
    const base = plan.baseModel === null ? {} : { baseModel: plan.baseModel };
    const inputs = { names: [...plan.adapters], ...base };
    const [first] = plan.merges;
    if (plan.merges.length > 1 || plan.scales !== null) {
      return mergeSweep(plan, adapters, { out, inputs, reporter });
    }
    const { adapter, report } = mergeAdapters(adapters, first!.options, inputs);
    const dtype = plan.dtype === null ? {} : { dtype: plan.dtype };
    await saveAdapter(out, adapter, { card: { title: basename(out) }, ...dtype });
    return { json: { adapter: out, report: report as unknown as Json }, text: `${formatMerge(report)}\n\n→ ${out}` };
  },
};
