import { basename } from "node:path";

import { mergeAdapters, mergeMethods, mergeOptionsSchema } from "@prefdelta/merge";
import type { MergeReport } from "@prefdelta/merge";
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";

import type { Command } from "../command.ts";
import { optionalConfig } from "../config/optional-config.ts";
import { parseOverride } from "../config/override.ts";
import type { Override } from "../config/override.ts";
import type { Json } from "../files/canonical-json.ts";
import type { Arguments } from "../parse-arguments.ts";
import { textTable } from "../print/text-table.ts";

/** `pda merge ADAPTER... --method gam --out DIR`: one adapter out of several. */
export const merge: Command = {
  description: "Merge adapters into one",
  arguments: {
    adapter: { type: "positional", rest: true, description: "adapter folders" },
    out: { type: "string", required: true, valueHint: "DIR", description: "folder of the merged adapter" },
    method: {
      type: "string",
      valueHint: "NAME",
      description: `${Object.keys(mergeMethods).join(", ")}; task_arithmetic if not given`,
    },
    weights: { type: "string", valueHint: "0.5,0.5", description: "one for each adapter; 1 each if not given" },
    scale: { type: "string", valueHint: "X", description: "λ: multiplies the merged update" },
    rank: { type: "string", valueHint: "N", description: 'rank of the result; "full" (default) loses nothing' },
    config: { type: "string", valueHint: "merge.yaml", description: "file with the method's options" },
    set: { type: "string", repeatable: true, valueHint: "key=value", description: "one option of the method" },
  },
  async run(args) {
    const { positionals: folders, values } = args;
    const out = values["out"]!;
    const options = await optionalConfig(mergeOptionsSchema, {
      file: values["config"],
      overrides: mergeOverrides(args),
    });
    const adapters = await Promise.all(folders.map((folder) => loadAdapter(folder)));
    const { adapter, report } = mergeAdapters(adapters, options, { names: [...folders] });
    await saveAdapter(out, adapter, { card: { title: basename(out) } });
    return { json: { adapter: out, report: report as unknown as Json }, text: `${formatMerge(report)}\n\n→ ${out}` };
  },
};

/** The command's own flags as options of the method; without a file, task arithmetic is the method. */
function mergeOverrides({ values, lists }: Arguments): Override[] {
  const flags = ["method", "scale", "rank", "weights"] as const;
  const given = flags.flatMap((flag): Override[] => {
    const text = values[flag];
    if (text === undefined) return [];
    const { value } = parseOverride(flag === "weights" ? `${flag}=[${text}]` : `${flag}=${text}`);
    return [{ path: [flag], value, label: `--${flag} ${text}` }];
  });
  const standard: Override = { path: ["method"], value: "task_arithmetic", label: "default" };
  return [...(values["config"] === undefined ? [standard] : []), ...(lists["set"] ?? []).map(parseOverride), ...given];
}

function formatMerge({ method, options, summary }: MergeReport): string {
  const number = (value: number | null): string => (value === null ? "-" : value.toFixed(3));
  const sources = textTable(
    ["adapter", "norm", "cosine with the merge", "share kept", "moved"],
    summary.sources.map((source) => [
      source.name,
      number(source.norm),
      number(source.retention),
      number(source.projection),
      number(source.displacement),
    ]),
  );
  const { before, after } = summary.normRetention;
  const kept = `norm ${number(summary.norm)}, norm kept ${number(before)} plain, ${number(after)} merged`;
  const least = number(summary.leastTruncationError);
  const lost = `truncation lost ${number(summary.truncationError)}, at least ${least} is lost at any such rank`;
  return `${method}, λ ${options.scale}, ${summary.modules} modules: ${kept}, ${lost}\n\n${sources}`;
}
