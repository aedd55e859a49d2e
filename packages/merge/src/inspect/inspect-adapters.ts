import type { Adapter } from "@prefdelta/lora";
import * as z from "zod";
import { adapterNames } from "../adapter-names.ts";
import { spaceOf } from "../combine-module.ts";
import { gatherModules } from "../gather-modules.ts";
import { parseOptions } from "../parse-options.ts";
import { describeInspection, type Diagnostics, type ModuleDiagnostics } from "./describe-inspection.ts";
import { moduleInspector } from "./module-inspector.ts";

const inspectOptions = z.strictObject({
  /** By default "adapter 1", "adapter 2", … */
  names: z.array(z.string()).readonly().optional(),
  /** Rows of each update that signs are compared on. */
  rows: z.int().min(1).default(32),
  /** Random subspaces behind each baseline of angles, and behind the null level of consensus. */
  draws: z.int().min(2).default(20),
  /** Of the sampled rows and random subspaces. */
  seed: z.int().default(0),
});

export type InspectOptions = z.input<typeof inspectOptions>;

/** JSON-able. */
export interface InspectReport extends Omit<Diagnostics, "modules" | "norms" | "effectiveRanks" | "perModule"> {
  readonly adapters: readonly {
    readonly name: string;
    readonly baseModel: string | null;
    readonly modules: number;
    readonly ranks: readonly number[];
    /** Mean over modules; null without any. */
    readonly effectiveRank: number | null;
    readonly norm: number;
  }[];
  /** In path order. */
  readonly modules: readonly ModuleDiagnostics[];
}

/**
 * What adapters are and how they stand to one another, from the factors.
 *
 * @throws {MergeError} E_OPTIONS; E_ADAPTERS: layers of different shapes; E_NOT_FINITE
 */
export function inspectAdapters(adapters: readonly Adapter[], options: InspectOptions = {}): InspectReport {
  const { names: given, ...closely } = parseOptions(inspectOptions, options);
  const names = adapterNames(adapters, given);
  const inspect = moduleInspector(names, closely);
  const inspected = gatherModules(adapters, names, { normalise: "sum", missing: "zero" }).map(({ path, sources }) =>
    inspect(path, sources, spaceOf(sources)),
  );
  const { modules: _, norms, effectiveRanks, perModule, ...whole } = describeInspection(names, inspected);
  return {
    adapters: adapters.map(({ baseModel, modules }, i) => ({
      name: names[i]!,
      baseModel,
      modules: modules.size,
      ranks: [...new Set([...modules.values()].map(({ rank }) => rank))].sort((a, b) => a - b),
      effectiveRank: effectiveRanks[i]!,
      norm: norms[i]!,
    })),
    ...whole,
    modules: perModule,
  };
}
