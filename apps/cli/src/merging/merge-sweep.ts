import { mkdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";

import type { Adapter } from "@prefdelta/lora";
import { saveAdapter } from "@prefdelta/lora/node";
import { mergeAdapters, scaleDelta } from "@prefdelta/merge";
import type { MergeInputs, MergeReport } from "@prefdelta/merge";

import type { CommandResult } from "../command.ts";
import type { Json } from "../files/canonical-json.ts";
import { openWorkspace } from "../files/workspace.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import type { Reporter } from "../print/reporter.ts";
import type { DevSearch } from "./dev-search.ts";
import { formatSweep } from "./format-merge.ts";
import type { SweepRow } from "./format-merge.ts";
import type { MergePlan } from "./merge-plan.ts";

interface SweepOptions {
  readonly out: string;
  readonly inputs: MergeInputs;
  /** Finds each method's λ; null: every λ is written. */
  readonly search: DevSearch | null;
  readonly reporter: Reporter;
}

/**
 * Merges the adapters by every method of the plan and writes each result at every λ, or at the one that the search finds best: `OUT/METHOD`
 * or `OUT/METHOD-xλ`, and `OUT/report.json`. λ costs nothing but the writing.
 */
export async function mergeSweep(
  plan: MergePlan,
  adapters: readonly Adapter[],
  { out, ...settings }: SweepOptions,
): Promise<CommandResult> {
  const workspace = await openWorkspace(out);
  const result = join(workspace.work, "result");
  // What a killed sweep left may be of other methods.
  await rm(result, { recursive: true, force: true });
  try {
    await mkdir(result);
    const { rows, diagnostics } = await writeMerges(plan, adapters, { ...settings, result });
    const merges = rows.map(({ search, ...row }) => (search === null ? row : { ...row, search }));
    const json = { folder: out, diagnostics, merges } as unknown as Json;
    await writeAtomic(join(result, "report.json"), `${JSON.stringify(json, null, 2)}\n`);
    await workspace.finish();
    return { json, text: `${formatSweep(rows)}\n\n→ ${out}` };
  } catch (error) {
    await rm(result, { recursive: true, force: true });
    // Answers of a search stay, for the next run.
    await rmdir(workspace.work).catch(() => {});
    throw error;
  }
}

async function writeMerges(
  { merges, scales, dtype }: MergePlan,
  adapters: readonly Adapter[],
  { result, inputs, search, reporter }: Omit<SweepOptions, "out"> & { readonly result: string },
): Promise<{ rows: SweepRow[]; diagnostics: MergeReport["diagnostics"] }> {
  const rows: SweepRow[] = [];
  let diagnostics: MergeReport["diagnostics"] = null;
  for (const [place, { name, options }] of merges.entries()) {
    // The sources are the same for all: they are looked at once.
    const { adapter, report: found } = mergeAdapters(adapters, options, { ...inputs, diagnose: place === 0 });
    const report = { ...found, diagnostics: null };
    diagnostics ??= found.diagnostics;
    const choice = search === null ? null : await search.choose(adapter, scales!, options);
    const written = choice === null ? (scales ?? [options.scale]) : [choice.scale];
    for (const scale of written) {
      const folder = written.length === 1 ? name : `${name}-x${scale}`;
      const scaled = scales === null ? adapter : scaleDelta(adapter, scale);
      await saveAdapter(join(result, folder), scaled, {
        card: { title: folder },
        ...(dtype === null ? {} : { dtype }),
      });
      rows.push({ name: folder, scale, search: choice, report });
      reporter.line(`${folder}: written`);
    }
  }
  return { rows, diagnostics };
}
