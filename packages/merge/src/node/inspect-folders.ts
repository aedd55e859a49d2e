import { openAdapter } from "@prefdelta/lora/node";
import type { AdapterFile } from "@prefdelta/lora/node";
import { adapterNames } from "../adapter-names.ts";
import { spaceOf } from "../combine-module.ts";
import { gatherOutlines } from "../gather-modules.ts";
import { inspectOptions, plainSum, type InspectOptions } from "../inspect/inspect-adapters.ts";
import { inspectReport, type InspectReport } from "../inspect/inspect-report.ts";
import { moduleInspector, type InspectedSources } from "../inspect/module-inspector.ts";
import { parseOptions } from "../parse-options.ts";
import { factorReader } from "./read-factors.ts";

export interface InspectFoldersOptions extends InspectOptions {
  /** Stops between two modules; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * inspectAdapters of adapter folders, which are read module by module: memory holds one module of all adapters. The same report. Names are the
 * folders, unless told.
 *
 * @throws as openAdapter and inspectAdapters, E_NOT_FINITE at the first module that has such numbers; the signal's reason
 */
export async function inspectFolders(
  folders: readonly string[],
  { signal, ...options }: InspectFoldersOptions = {},
): Promise<InspectReport> {
  const { names: given = folders, ...closely } = parseOptions(inspectOptions, options);
  const files: AdapterFile[] = [];
  try {
    for (const folder of folders) files.push(await openAdapter(folder));
    const names = adapterNames(files, given);
    const inspect = moduleInspector(names, closely);
    const readFactors = factorReader(files, names);
    const inspected: InspectedSources[] = [];
    for (const { path, sources: outlines } of gatherOutlines(files, names, plainSum)) {
      signal?.throwIfAborted();
      const { factors, release } = await readFactors(path);
      const sources = outlines.map((outline) => ({ ...outline, module: factors.get(outline.index)! }));
      inspected.push(inspect(path, sources, spaceOf(sources)));
      release();
    }
    return inspectReport(files, names, inspected);
  } finally {
    for (const file of files) await file.close();
  }
}
