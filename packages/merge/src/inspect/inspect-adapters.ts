import type { Adapter } from "@prefdelta/lora";
import * as z from "zod";
import { adapterNames } from "../adapter-names.ts";
import { spaceOf } from "../combine-module.ts";
import { gatherModules } from "../gather-modules.ts";
import { parseOptions } from "../parse-options.ts";
import { inspectReport, type InspectReport } from "./inspect-report.ts";
import { moduleInspector } from "./module-inspector.ts";

export const inspectOptions = z.strictObject({
  /** By default "adapter 1", "adapter 2", … */
  names: z.array(z.string()).readonly().optional(),
  /** Rows of each update that signs are compared on. */
  rows: z.int().min(1).default(32),
  /** Random subspaces behind each baseline of angles, and behind the null level of consensus. */
  draws: z.int().min(2).default(20),
  /** Of the sampled rows and random subspaces. */
  seed: z.int().default(0),
});

/** What adapters are looked at as parts of. */
export const plainSum = { normalise: "sum", missing: "zero" } as const;

export type InspectOptions = z.input<typeof inspectOptions>;

/**
 * What adapters are and how they stand to one another, from the factors.
 *
 * @throws {MergeError} E_OPTIONS; E_ADAPTERS: layers of different shapes; E_NOT_FINITE
 */
export function inspectAdapters(adapters: readonly Adapter[], options: InspectOptions = {}): InspectReport {
  const { names: given, ...closely } = parseOptions(inspectOptions, options);
  const names = adapterNames(adapters, given);
  const inspect = moduleInspector(names, closely);
  const inspected = gatherModules(adapters, names, plainSum).map(({ path, sources }) =>
    inspect(path, sources, spaceOf(sources)),
  );
  return inspectReport(adapters, names, inspected);
}
