import { z } from "zod";

const side = z.union([z.string(), z.object({ model: z.string(), temperature: z.number().optional() })]);
const settings = z.record(z.string(), z.unknown());

/** Of the recipe, what the page shows; a recipe was checked in full when it was run. */
const recipeSchema = z.object({
  name: z.string(),
  seed: z.number().optional(),
  a0_seed: z.number().optional(),
  limit: z.number().optional(),
  base: z.string().optional(),
  pairs: z
    .record(
      z.string(),
      z.object({
        prompts: z.union([z.string(), settings]).optional(),
        chosen: side.optional(),
        rejected: side.optional(),
        train: settings.default({}),
      }),
    )
    .default({}),
  train: settings.default({}),
  controls: z
    .record(
      z.string(),
      z.object({ pairs: z.union([z.string(), z.array(z.string())]).default("all"), train: settings.default({}) }),
    )
    .default({}),
  merge: z
    .record(z.string(), z.object({ adapters: z.union([z.string(), z.array(z.string())]).default("all") }))
    .default({}),
  eval: z.object({ draws: z.number().optional() }).optional(),
});
export type ReportedRecipe = z.output<typeof recipeSchema>;

/** `manifest.json` */
export const manifestSchema = z.object({
  recipe: recipeSchema,
  versions: z.record(z.string(), z.string()),
  /** Every stage that the recipe asks for, in order, with its key; runs of before it was written have none. */
  planned: z.record(z.string(), z.string()).default({}),
  /** What is done, and under which key. */
  stages: z.record(z.string(), z.object({ key: z.string() })),
  /** What failed when it was last tried. */
  failed: z.record(z.string(), z.object({ key: z.string(), message: z.string() })).default({}),
  /** The keys of the evaluations that table.json rests on. */
  table: z.record(z.string(), z.string()).default({}),
});
export type ReportedManifest = z.output<typeof manifestSchema>;
