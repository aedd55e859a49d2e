import { dpoConfigSchema } from "@prefdelta/dpo";
import type { DpoConfigInput } from "@prefdelta/dpo";
import { z } from "zod";

/**
 * The settings of @prefdelta/dpo, each of which may be left out and none with its default: two of these can be laid over
 * each other, and what neither names is filled in by dpo itself.
 */
const {
  seed: _seed,
  a0_seed,
  ...shared
} = Object.fromEntries(
  Object.entries(dpoConfigSchema.shape).map(([key, field]) => {
    const withoutDefault = field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : (field as z.ZodType);
    return [key, withoutDefault.optional()];
  }),
);

/** What all trainings of a recipe have in common; the recipe names its seeds once, at the top. */
export const trainSettings = z.strictObject(shared) as unknown as z.ZodType<
  Omit<DpoConfigInput, "seed" | "a0_seed">,
  Omit<DpoConfigInput, "seed" | "a0_seed">
>;

/** What one training has otherwise; its own A₀ seed makes it independent of the others. */
export const trainOverrides = z.strictObject({ ...shared, a0_seed }) as unknown as z.ZodType<
  Omit<DpoConfigInput, "seed">,
  Omit<DpoConfigInput, "seed">
>;

export type TrainOverrides = z.output<typeof trainOverrides>;
