import type { Adapter } from "@prefdelta/lora";
import { createRandom, sample } from "@prefdelta/random";
import * as z from "zod";
import { adapterNames } from "../adapter-names.ts";
import { gatherModules } from "../gather-modules.ts";
import { describeByPlace, type ByPlace } from "../module-place.ts";
import { parseOptions } from "../parse-options.ts";
import { spanComparer } from "./compare-spans.ts";
import { inspectModule, type PairReport, type UpdateReport } from "./inspect-module.ts";
import { adapterNorm, summarisePairs, type PairSummary } from "./summarise-pair.ts";

const inspectOptions = z.strictObject({
  /** By default "adapter 1", "adapter 2", … */
  names: z.array(z.string()).readonly().optional(),
  /** Rows of each update that signs are compared on. */
  rows: z.int().min(1).default(32),
  /** Random pairs behind each baseline of angles. */
  draws: z.int().min(1).default(20),
  /** Of the sampled rows and random subspaces. */
  seed: z.int().default(0),
});

export type InspectOptions = z.input<typeof inspectOptions>;

export interface ModuleInspection {
  readonly module: string;
  readonly outFeatures: number;
  readonly inFeatures: number;
  /** Of the adapters that have the module. */
  readonly updates: readonly UpdateReport[];
  readonly pairs: readonly PairReport[];
}

/** The modules of one layer, or of one type. */
export interface GroupInspection {
  readonly modules: number;
  /** Of each adapter. */
  readonly norms: readonly number[];
  readonly pairs: readonly PairSummary[];
}

/** JSON-able. */
export interface InspectReport extends ByPlace<GroupInspection> {
  readonly adapters: readonly {
    readonly name: string;
    readonly baseModel: string | null;
    readonly modules: number;
    readonly ranks: readonly number[];
    readonly norm: number;
  }[];
  readonly pairs: readonly PairSummary[];
  /** In path order. */
  readonly modules: readonly ModuleInspection[];
}

/**
 * What adapters are and how they stand to one another, from the factors.
 *
 * @throws {MergeError} E_OPTIONS; E_ADAPTERS: layers of different shapes; E_NOT_FINITE
 */
export function inspectAdapters(adapters: readonly Adapter[], options: InspectOptions = {}): InspectReport {
  const { rows, draws, seed, names: given } = parseOptions(inspectOptions, options);
  const names = adapterNames(adapters, given);
  const random = createRandom(seed);
  const compareSpans = spanComparer(random, draws);
  const inspected = gatherModules(adapters, names, { normalise: "sum", missing: "zero" }).map(({ path, sources }) => {
    const { outFeatures, inFeatures } = sources[0]!.module;
    const everyRow = Array.from({ length: outFeatures }, (_, row) => row);
    const sampled = sample(random.fork("rows", path), everyRow, Math.min(rows, outFeatures)).sort((a, b) => a - b);
    const named = sources.map(({ index, module }) => ({ name: names[index]!, index, module }));
    return { path, outFeatures, inFeatures, ...inspectModule(named, { rows: sampled, compareSpans }) };
  });
  return {
    adapters: adapters.map(({ baseModel, modules }, i) => ({
      name: names[i]!,
      baseModel,
      modules: modules.size,
      ranks: [...new Set([...modules.values()].map(({ rank }) => rank))].sort((a, b) => a - b),
      norm: adapterNorm(i, inspected),
    })),
    pairs: summarisePairs(names, inspected),
    ...describeByPlace(
      inspected,
      ({ path }) => path,
      (group) => ({
        modules: group.length,
        norms: names.map((_, place) => adapterNorm(place, group)),
        pairs: summarisePairs(names, group),
      }),
    ),
    modules: inspected.map(({ path, outFeatures, inFeatures, updates, pairs }) => ({
      module: path,
      outFeatures,
      inFeatures,
      updates,
      pairs: pairs.map(({ report }) => report),
    })),
  };
}
