import { mkdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";

import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { scaleDelta } from "@prefdelta/merge";
import type { MergeReport } from "@prefdelta/merge";
import { mergeFoldersEach } from "@prefdelta/merge/node";

import type { CommandResult } from "../command.ts";
import type { Json } from "../files/canonical-json.ts";
import { openWorkspace } from "../files/workspace.ts";
import { writeAtomic } from "../files/write-atomic.ts";
import type { Reporter } from "../print/reporter.ts";
import type { DevSearch } from "./dev-search.ts";
import { formatSweep } from "./format-merge.ts";
import type { SweepRow } from "./format-merge.ts";
import { unlessInterrupted, type MergeInputs } from "./merge-inputs.ts";
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
 * or `OUT/METHOD-xλ`, and `OUT/report.json`. The adapters are read once, module by module.
 */
export async function mergeSweep(plan: MergePlan, { out, ...settings }: SweepOptions): Promise<CommandResult> {
  const workspace = await openWorkspace(out);
  const [result, merged] = [join(workspace.work, "result"), join(workspace.work, "merged")];
  const clear = async (): Promise<void> => {
    for (const folder of [result, merged]) await rm(folder, { recursive: true, force: true });
  };
  // What a killed sweep left may be of other methods.
  await clear();
  try {
    await mkdir(result);
    const { rows, diagnostics } = await writeMerges(plan, { ...settings, result, merged });
    const merges = rows.map(({ search, ...row }) => (search === null ? row : { ...row, search }));
    const json = { folder: out, diagnostics, merges } as unknown as Json;
    await writeAtomic(join(result, "report.json"), `${JSON.stringify(json, null, 2)}\n`);
    await workspace.finish();
    return { json, text: `${formatSweep(rows)}\n\n→ ${out}` };
  } catch (error) {
    await clear();
    // Answers of a search stay, for the next run.
    await rmdir(workspace.work).catch(() => {});
    throw error;
  }
}

interface WriteOptions extends Omit<SweepOptions, "out"> {
  readonly result: string;
  /** For merges at λ 1, whose λ is still to be found. */
  readonly merged: string;
}

interface WrittenMerges {
  readonly rows: readonly SweepRow[];
  readonly diagnostics: MergeReport["diagnostics"];
}

async function writeMerges({ merges, scales }: MergePlan, options: WriteOptions): Promise<WrittenMerges> {
  const { result, merged, inputs, search, reporter } = options;
  const planned = merges.map(({ name, options }) => ({
    options,
    files:
      search === null
        ? (scales ?? [options.scale]).map((scale, _, all) =>
            fileOf(result, all.length === 1 ? name : `${name}-x${scale}`, scale),
          )
        : [fileOf(merged, name, options.scale)],
  }));
  const { folders, ...told } = inputs;
  // What is written at another λ is rounded then.
  const dtype = search === null ? told.dtype : "F32";
  const found = await unlessInterrupted(inputs.signal, () =>
    mergeFoldersEach(folders, planned, { ...told, dtype, diagnose: true }),
  );
  const rows: SweepRow[] = [];
  for (const [place, { options, files }] of planned.entries()) {
    const report = { ...found[place]!, diagnostics: null };
    for (const { out, name, scale, card } of files) {
      if (search === null) rows.push({ name, scale, search: null, report });
      else {
        const adapter = await loadAdapter(out);
        await rm(out, { recursive: true });
        const choice = await search.choose(adapter, scales!, options);
        await saveAdapter(join(result, name), scaleDelta(adapter, choice.scale), {
          card,
          ...(inputs.dtype === undefined ? {} : { dtype: inputs.dtype }),
        });
        rows.push({ name, scale: choice.scale, search: choice, report });
      }
      reporter.line(`${name}: written`);
    }
  }
  await rm(merged, { recursive: true, force: true });
  return { rows, diagnostics: found[0]!.diagnostics };
}

const fileOf = (folder: string, name: string, scale: number) => ({
  ...{ out: join(folder, name), name, scale },
  card: { title: name },
});
