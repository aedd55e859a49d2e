import type { Adapter } from "@prefdelta/lora";
import { createRandom } from "@prefdelta/random";
import * as z from "zod";
import { adapterNames } from "../adapter-names.ts";
import { combineModule } from "../combine-module.ts";
import { gatherModules, type GatheredModule } from "../gather-modules.ts";
import { describeByPlace, type ByPlace } from "../module-place.ts";
import { parseOptions } from "../parse-options.ts";
import type { MergeDescription } from "../report/merge-statistics.ts";
import { moduleStatistics } from "../report/module-statistics.ts";
import { describeGroup, describeModule, type GroupDiagnostics, type ModuleDiagnostics } from "./describe-inspection.ts";
import { alignedEnergy, describeSum, type SumNumbers } from "./describe-sum.ts";
import { moduleInspector, type InspectedSources } from "./module-inspector.ts";

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

interface Summed {
  /**
   * The plain sum, cut to the largest rank among the adapters: what is kept of each, what they take from one another, what cutting
   * loses. `normRetention.after` and `interference.after` are those of the sum that gam with its defaults would make.
   */
  readonly sum: MergeDescription;
}

export interface ModuleInspection extends ModuleDiagnostics, Summed {}

/** The modules of one layer, or of one type. */
export interface GroupInspection extends GroupDiagnostics, Summed {}

/** JSON-able. */
export interface InspectReport
  extends Omit<GroupInspection, "modules" | "norms" | "effectiveRanks">, ByPlace<GroupInspection> {
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
  readonly modules: readonly ModuleInspection[];
}

interface Inspected {
  readonly sources: InspectedSources;
  readonly sum: SumNumbers;
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
  const inspected = gatherModules(adapters, names, { normalise: "sum", missing: "zero" }).map(
    ({ path, sources }: GatheredModule): Inspected => {
      const random = createRandom(closely.seed);
      const plain = combineModule(sources, (space) => ({ sources: space.sources, consensus: null }), random);
      const looked = inspect(path, sources, plain.space);
      const rank = Math.max(...sources.map(({ module }) => module.rank));
      const places = sources.map(({ index }) => index);
      const statistics = moduleStatistics(plain, { places, adapterCount: adapters.length, rank, scale: 1 });
      return { sources: looked, sum: { statistics, aligned: alignedEnergy(plain, looked.aligned) } };
    },
  );
  const group = (some: readonly Inspected[]): GroupInspection => ({
    ...describeGroup(
      names,
      some.map(({ sources }) => sources),
    ),
    sum: describeSum(
      names,
      some.map(({ sum }) => sum),
    ),
  });
  const { modules: _, norms, effectiveRanks, ...whole } = group(inspected);
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
    ...describeByPlace(inspected, ({ sources }) => sources.path, group),
    modules: inspected.map(({ sources, sum }) => ({ ...describeModule(sources), sum: describeSum(names, [sum]) })),
  };
}
