import { createRandom, sample } from "@prefdelta/random";
import type { CoreSpace } from "../core-space.ts";
import { align } from "../gam/align.ts";
import { findConsensus } from "../gam/finding.ts";
import type { Baselines } from "../gam/baselines.ts";
import { nullLevels } from "../gam/null-level.ts";
import type { ModuleSource } from "../gather-modules.ts";
import { gamOptions } from "../methods/gam.ts";
import type { ModuleConsensus } from "../methods/merge-method.ts";
import { spanComparer } from "./compare-spans.ts";
import { sumNumbers, type SumNumbers } from "./describe-sum.ts";
import { randomAngles } from "./random-angles.ts";
import { inspectModule, type InspectedModule } from "./inspect-module.ts";

/** How closely sources are looked at. */
export interface InspectorOptions {
  /** Rows of each update that signs are compared on; 32 if absent. */
  readonly rows?: number;
  /** Random subspaces behind each baseline of angles, and behind the null level of consensus; 20 if absent. */
  readonly draws?: number;
  /** Of the sampled rows and random subspaces; 0 if absent. */
  readonly seed?: number;
}

export interface InspectedSources extends InspectedModule {
  readonly path: string;
  readonly outFeatures: number;
  readonly inFeatures: number;
  readonly consensus: ModuleConsensus;
  /** Their sum, cut to the largest of their ranks, and as gam at its defaults would align it. */
  readonly sum: SumNumbers;
}

/** How closely, if nothing else is said. */
export const INSPECTION = { rows: 32, draws: 20, seed: 0 } as const;

/** What looks at the sources of one module after the other; random baselines are drawn once for each shape. */
export function moduleInspector(
  names: readonly string[],
  { rows = INSPECTION.rows, draws = INSPECTION.draws, seed = INSPECTION.seed }: InspectorOptions = {},
  baselines: Baselines = new Map(),
): (path: string, sources: readonly ModuleSource[], space: CoreSpace) => InspectedSources {
  const random = createRandom(seed);
  const compareSpans = spanComparer(randomAngles({ seed, draws }, baselines));
  const { theta0, ...defaults } = gamOptions.parse({ method: "gam" });
  const { gate, form } = defaults;
  const options = {
    ...defaults,
    theta0: (theta0 * Math.PI) / 180,
    // Nobody: the frame is the projection mean.
    reference: -1,
    nullLevel: nullLevels({ seed, draws }, baselines),
  };
  return (path, sources, space) => {
    const { outFeatures, inFeatures } = sources[0]!.module;
    const everyRow = Array.from({ length: outFeatures }, (_, row) => row);
    const sampled = sample(random.fork("rows", path), everyRow, Math.min(rows, outFeatures)).sort((a, b) => a - b);
    const aligned = align(space.sources, { left: outFeatures, right: inFeatures }, options);
    const rank = Math.max(...sources.map(({ module }) => module.rank));
    return {
      path,
      outFeatures,
      inFeatures,
      ...inspectModule(sources, space, { names, rows: sampled, compareSpans }),
      consensus: findConsensus(aligned, { gate, form }),
      sum: sumNumbers(space, { aligned: aligned.sources, rank, adapterCount: names.length }),
    };
  };
}
