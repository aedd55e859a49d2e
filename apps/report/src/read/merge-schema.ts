import { z } from "zod";

const number = z.number().nullable();
const beforeAfter = z.object({ before: number, after: number });

/** A merge, or the part of it in one layer or of one type of module. */
const described = z.object({
  modules: z.number(),
  norm: z.number(),
  normRetention: beforeAfter,
  interference: beforeAfter,
  truncationError: z.number(),
  leastTruncationError: z.number(),
});
export type MergedPart = z.output<typeof described>;

const consensus = z.object({
  meanRank: z.object({ left: z.number(), right: z.number() }),
  findings: z.record(z.string(), z.number()),
});
export type Consensus = z.output<typeof consensus>;

/** Angles are in degrees, rising; what random subspaces of the same ranks would show stands beside. */
const span = z.object({
  angles: z.array(z.number()),
  randomAngles: z.array(z.number()),
  overlap: number,
  randomOverlap: number,
});

const pair = z.object({
  a: z.string(),
  b: z.string(),
  modules: z.number(),
  cosine: number,
  left: span,
  right: span,
  signConflict: number,
});
export type AdapterPair = z.output<typeof pair>;

const group = z.object({ modules: z.number(), pairs: z.array(pair) });
export type PairGroup = z.output<typeof group>;

const layer = z.object({ layer: z.number().nullable() });
const type = z.object({ type: z.string() });

/** How the merged adapters stand to one another, whatever the method makes of them. */
const standing = group.extend({
  norms: z.array(z.number()),
  effectiveRanks: z.array(number),
  consensus,
  byLayer: z.array(group.extend(layer.shape)),
  byType: z.array(group.extend(type.shape)),
});
export type Standing = z.output<typeof standing>;

/** Every λ tried on the dev items. */
const search = z.object({
  scale: z.number(),
  inside: z.boolean(),
  trials: z
    .array(z.object({ scale: z.number(), skills: z.record(z.string(), z.number()), average: z.number() }))
    .min(1),
});
export type ScaleSearch = z.output<typeof search>;

/** `report.json` of a merge. */
export const mergeSchema = z.object({
  method: z.string(),
  options: z.looseObject({ scale: z.number() }),
  paper: z.string(),
  equation: z.string(),
  deviation: z.string(),
  summary: described.extend({
    incompleteModules: z.number(),
    sources: z.array(
      z.object({
        name: z.string(),
        norm: z.number(),
        retention: number,
        projection: number,
        displacement: number,
      }),
    ),
    consensus: consensus.nullable(),
  }),
  diagnostics: standing.nullable(),
  byLayer: z.array(described.extend(layer.shape)),
  byType: z.array(described.extend(type.shape)),
  search: search.nullable().default(null),
});
export type ReportedMerge = z.output<typeof mergeSchema>;
