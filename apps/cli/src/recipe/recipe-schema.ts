import { mergeOptionsSchema } from "@prefdelta/merge";
import { z } from "zod";

import { engineOptionsSchema } from "../engine/engine-options.ts";
import { answerFields, samplingFields, searchSchema } from "../engine/answer-settings.ts";
import { generationSchema, promptSource } from "../generation/generation-schema.ts";
import { trainOverrides, trainSettings } from "./train-settings.ts";

/** A name becomes a folder and a row of the table. */
const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    "expected up to 64 letters, digits, - and _, beginning with a letter or digit",
  );

/** A file or folder; relative to the recipe's own folder. */
const path = z.string().min(1);

/** One side of a pair: who answers, one of `generate.models` or a model folder with how it picks its tokens. */
const side = z.union([z.string().min(1), z.strictObject({ model: path, ...samplingFields })]);

const pair = z.strictObject({
  /** Items whose prompts both sides answer, or any data set. What they carry of answers counts for filters and diagnostics alone. */
  prompts: z.union([path, promptSource]),
  chosen: side,
  rejected: side,
  /** Where this delta is trained otherwise than the others. */
  train: trainOverrides.prefault({}),
});

const control = z.strictObject({
  /** The pairs it is trained on, together. */
  pairs: z.union([z.literal("all"), z.array(name).min(1)]).default("all"),
  train: trainOverrides.prefault({}),
});

/** A λ, or several of which the best on the dev split is taken. */
const scale = z.union([z.number(), z.strictObject({ search: z.array(z.number()).min(1), on: z.literal("dev") })]);

/** The methods of @prefdelta/merge with their own options; here the scale may be searched and the deltas named. */
const additions = {
  scale: scale.default(1),
  adapters: z.union([z.literal("all"), z.array(name).min(1)]).default("all"),
  /** The same merge of 1, 2, … deltas, and of all but one. */
  ablate: z.array(z.enum(["scaling", "leave_one_out"])).optional(),
};
type Extended<Options> = {
  [I in keyof Options]: Options[I] extends z.ZodObject<infer Shape, infer Config>
    ? z.ZodObject<z.util.Extend<Shape, typeof additions>, Config>
    : never;
};
const methods: readonly z.ZodObject[] = mergeOptionsSchema.options;
const merge = z.discriminatedUnion(
  "method",
  methods.map((options) => options.extend(additions)) as unknown as Extended<typeof mergeOptionsSchema.options>,
);

const skill = z.strictObject({
  /** Items on which settings are chosen. */
  dev: path.optional(),
  /** Items that are reported. */
  eval: path,
});

/** `pda run RECIPE.yaml`: the whole line, from prompts to a table. */
export const recipeSchema = z.strictObject({
  name,
  /** Of sampled answers, the order of pairs, and the bootstrap. */
  seed: z.int().nonnegative().default(1),
  /** Of every adapter's first factors; the seed, unless it is given. */
  a0_seed: z.int().nonnegative().optional(),
  runtime: engineOptionsSchema.prefault({}),
  /** So many items of each file, for a quick look; all, unless it is given. */
  limit: z.int().positive().optional(),
  /** The strong model that learns. */
  base: path,
  answers: z.strictObject(answerFields).prefault({}),
  search: searchSchema.optional(),
  /** Models behind servers, filters, and where answers are kept. */
  generate: generationSchema.prefault({}),
  pairs: z.record(name, pair).refine((pairs) => Object.keys(pairs).length > 0, "expected at least one pair"),
  train: trainSettings.prefault({}),
  controls: z.record(name, control).default({}),
  merge: z.record(name, merge).default({}),
  eval: z
    .strictObject({
      skills: z.record(name, skill).refine((skills) => Object.keys(skills).length > 0, "expected at least one skill"),
      /** Resamples behind each interval, and sign flips behind each p. */
      draws: z.int().min(100).default(2000),
    })
    .optional(),
});

export type Recipe = z.output<typeof recipeSchema>;
export type RecipeSide = z.output<typeof side>;
export type RecipeMerge = z.output<typeof merge>;
export type RecipePair = z.output<typeof pair>;
