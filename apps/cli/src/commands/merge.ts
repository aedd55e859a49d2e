import { mergeMethods } from "@prefdelta/merge";

import type { Command, CommandContext } from "../command.ts";
import { engineArguments, engineOptions } from "../engine/engine-arguments.ts";
import { CliError } from "../errors.ts";
import { modelFolder, modelFolders } from "../files/hub-folder.ts";
import type { DevSearch } from "../merging/dev-search.ts";
import type { DevSettings } from "../merging/dev-settings.ts";
import type { MergeInputs } from "../merging/merge-inputs.ts";
import { mergeOne } from "../merging/merge-one.ts";
import { readMergePlan } from "../merging/merge-plan.ts";
import { mergeSweep } from "../merging/merge-sweep.ts";
import type { Arguments } from "../parse-arguments.ts";

/** `pda merge ADAPTER... --method gam --out DIR`: one adapter out of several. */
export const merge: Command = {
  description: "Merge adapters into one, or by several methods at several strengths",
  arguments: {
    adapter: {
      type: "positional",
      rest: true,
      required: false,
      description: "adapter folders or hub:NAMESPACE/NAME; a mergekit file names them itself",
    },
    out: { type: "string", required: true, valueHint: "DIR", description: "folder of the merged adapter" },
    method: {
      type: "string",
      valueHint: "NAME",
      description: `${Object.keys(mergeMethods).join(", ")}; task_arithmetic if not given`,
    },
    weights: { type: "string", valueHint: "0.5,0.5", description: "one for each adapter; 1 each if not given" },
    scale: {
      type: "string",
      valueHint: "X",
      description: "λ: multiplies the merged update; or {search: [0.5, 1], on: dev}",
    },
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
    base: {
      type: "string",
      valueHint: "MODEL",
      description: "for scale: {search: […], on: dev}, the model that the adapters belong to",
    },
    dev: { type: "string", valueHint: "FILE.jsonl,…", description: "for the same, the items that λ is chosen on" },
    set: { type: "string", repeatable: true, valueHint: "key=value", description: "one option of the method" },
    ...engineArguments,
  },
  async run(args, context) {
    const out = args.values["out"]!;
    const plan = await readMergePlan(args);
    const base = args.values["into-base"];
    const isOne = plan.merges.length === 1 && (plan.scales === null || plan.dev !== null);
    if (!isOne && base !== undefined) throw new CliError("E_USAGE", "--into-base: expected one merge, found several");
    const start = args.values["initial"];
    const inputs: MergeInputs = {
      folders: await modelFolders(plan.adapters, process.env),
      names: plan.adapters,
      baseModel: plan.baseModel ?? undefined,
      dtype: plan.dtype ?? undefined,
      initial: start === undefined ? undefined : await modelFolder(start, process.env),
      signal: context.signal,
    };
    // Diagnostics take as long as merging again; the text has none of them.
    const diagnose = args.flags.has("json");
    const search = plan.dev === null ? null : await openSearch(inputs, { ...context, args, dev: plan.dev });
    try {
      const settings = { out, inputs, search, reporter: context.reporter };
      const model = base === undefined ? undefined : await modelFolder(base, process.env);
      return isOne ? await mergeOne(plan, { ...settings, base: model, diagnose }) : await mergeSweep(plan, settings);
    } finally {
      await search?.close();
    }
  },
};

/** What answers questions is loaded where there are any. */
async function openSearch(
  { folders, initial }: MergeInputs,
  { args, dev, ...context }: CommandContext & { args: Arguments; dev: DevSettings },
): Promise<DevSearch> {
  const { openDevSearch } = await import("../merging/dev-search.ts");
  const adapters = initial === undefined ? folders : [...folders, initial];
  return openDevSearch(dev, { ...context, out: args.values["out"]!, adapters, engine: engineOptions(args) });
}
