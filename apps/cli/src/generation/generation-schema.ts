import { deduplicateOptions, ggufOptions, openAiOptions, pairFilterOptions, promptFields } from "@prefdelta/preference";
import { z } from "zod";

import { samplingFields } from "../engine/answer-settings.ts";
import { verifierNames } from "./verify-answer.ts";

/** A file or folder; relative to the recipe's own folder. */
const path = z.string().min(1);

/** A model behind servers: @prefdelta/preference's options, but for the key, which no file should hold. */
const serverModel = openAiOptions.omit({ key: true }).extend({
  /** The environment variable that holds the key. */
  key_env: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, "expected the name of an environment variable")
    .optional(),
  /** In any currency, for a million tokens. */
  price: z.strictObject({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() }).optional(),
});

/** A model folder that runs in this process. */
const localModel = z.strictObject({
  folder: path,
  ...samplingFields,
  /** For its chat template, `{ enable_thinking: false }` say. */
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
});

/** A GGUF file that runs in this process, by node-llama-cpp; threads are those of `runtime`. */
const ggufModel = ggufOptions.omit({ path: true, model: true, revision: true, threads: true }).extend({ gguf: path });

const foreignItems = z.strictObject({ file: path, fields: promptFields.prefault({}) });

/** Prompts of any data set, sifted in this order: without duplicates, without evaluation items, a sample. */
export const promptSource = z.strictObject({
  /** JSONL, or Parquet by its ending; several are read one after the other. */
  file: z.union([path, z.array(path).min(1)]),
  /** Where a row keeps what is needed. */
  fields: promptFields.prefault({}),
  /** true: equal prompts and near ones. */
  deduplicate: z.union([z.boolean(), deduplicateOptions]).default(false),
  /** Evaluation items that must not be trained on: files of items, or of any data set. */
  decontaminate: z.array(z.union([path, foreignItems])).default([]),
  /** So many, drawn by the recipe's seed. */
  sample: z.int().positive().optional(),
});

/** `generate:` of a recipe. */
export const generationSchema = z.strictObject({
  /** Models that pairs name; each answers a prompt once, however many pairs it takes part in. */
  models: z.record(z.string().min(1), z.union([serverModel, localModel, ggufModel])).default({}),
  /** Folder of their answers, for every run that shall share them. */
  store: path.optional(),
  /** Which pairs are dropped. */
  filters: pairFilterOptions.prefault({}),
  /** One of the models: pairs whose chosen answer it finds worse, in either order, are dropped. */
  judge: z.string().min(1).optional(),
  /** So many pairs, drawn by the seed, are put to `base` for the diagnostics; none, unless it is given. */
  margin: z.int().positive().optional(),
  /** How an answer is compared with those that the prompt carries. */
  verify: z.enum(verifierNames).default("tag"),
});

export type GenerationSettings = z.output<typeof generationSchema>;
export type PromptSource = z.output<typeof promptSource>;
export type ServerModel = z.output<typeof serverModel>;
export type GgufModel = z.output<typeof ggufModel>;
export type LocalModel = z.output<typeof localModel>;
