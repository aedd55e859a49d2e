import type { Baselines, Draws } from "../gam/baselines.ts";
import { nullLevels, type RankedMember } from "../gam/null-level.ts";
import { INSPECTION } from "../inspect/module-inspector.ts";
import { randomAngles } from "../inspect/random-angles.ts";
import type { MergeJob, OpenMerge } from "./merge-job.ts";

/** A baseline that modules of a job will ask for, as far as headers tell: that of sources whose updates have the rank of their factors. */
export type Foreseen =
  | { readonly draws: Draws; readonly dimension: number; readonly members: readonly RankedMember[] }
  | { readonly draws: Draws; readonly dimension: number; readonly ranks: readonly [number, number] };

/** Each once, whatever the number of modules. */
export function foreseeBaselines({ merges, diagnose }: MergeJob, opened: readonly OpenMerge[]): Foreseen[] {
  const found = new Map<string, Foreseen>();
  const add = (foreseen: Foreseen): unknown => found.set(JSON.stringify(foreseen), foreseen);
  for (const [place, { options }] of merges.entries()) {
    const gam = options.method === "gam" && options.gate === "joint" ? options : null;
    const isLookedAt = diagnose && place === 0;
    for (const sources of opened[place]!.sources()) {
      const { inFeatures, outFeatures } = sources[0]!.module;
      const active = sources.filter(({ weight }) => weight !== 0).toSorted((a, b) => a.module.rank - b.module.rank);
      const total = active.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
      const membersBy = (omega: "weights" | "uniform"): RankedMember[] =>
        active.map(({ module: { rank }, weight }) => ({
          basis: { cols: rank },
          omega: omega === "weights" ? Math.abs(weight) / total : 1 / active.length,
        }));
      for (const dimension of [outFeatures, inFeatures]) {
        if (active.length > 1) {
          if (gam !== null) {
            const { seed, draws } = gam;
            add({ draws: { seed, draws }, dimension, members: membersBy(gam.omega) });
          }
          if (isLookedAt) add({ draws: INSPECTION, dimension, members: membersBy("weights") });
        }
        if (!isLookedAt) continue;
        const ranks = sources.map(({ module }) => module.rank).toSorted((a, b) => a - b);
        for (const [i, one] of ranks.entries())
          for (const other of ranks.slice(i + 1)) add({ draws: INSPECTION, dimension, ranks: [one, other] });
      }
    }
  }
  return [...found.values()];
}

export function drawForeseen(foreseen: Foreseen, baselines: Baselines): void {
  const { draws, dimension } = foreseen;
  if ("members" in foreseen) nullLevels(draws, baselines)(dimension, foreseen.members);
  else randomAngles(draws, baselines)(dimension, foreseen.ranks);
}
