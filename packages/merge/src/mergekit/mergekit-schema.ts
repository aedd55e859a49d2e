import * as z from "zod";
import type { MergeOptions } from "../merge-options.ts";
import { mergekitMethods } from "./mergekit-methods.ts";
import type { MergekitMethod } from "./mergekit-methods.ts";
import { parseModelReference } from "./model-reference.ts";
import type { ModelReference } from "./model-reference.ts";
import { settingRules, settingSchema } from "./setting.ts";
import type { Setting } from "./setting.ts";
import { weightOptions } from "./weight-options.ts";

const parameters = z.record(z.string(), settingSchema);
const dtype = z.enum(["float32", "float16", "bfloat16"]);

const configSchema = z.strictObject({
  merge_method: z.enum(Object.keys(mergekitMethods)),
  base_model: z.string().min(1).optional(),
  models: z.array(z.strictObject({ model: z.string().min(1), parameters: parameters.optional() })).min(1),
  parameters: parameters.optional(),
  dtype: dtype.optional(),
  out_dtype: dtype.optional(),
});
type Config = z.output<typeof configSchema>;

/** A mergekit configuration as a merge of adapters. */
export interface MergekitMerge {
  /** Adapter folders, in the order of the options' weights. */
  readonly adapters: readonly string[];
  readonly options: MergeOptions;
  readonly baseModel: string | null;
  /** Of the written factors; null where the file says nothing. */
  readonly dtype: "F32" | "F16" | "BF16" | null;
}

const dtypes = { float32: "F32", float16: "F16", bfloat16: "BF16" } as const;

/**
 * mergekit's YAML (merge_method, base_model, models, parameters, dtype, out_dtype), read as a merge of LoRA adapters: a
 * `model` is an adapter's folder or `base+folder`; the base itself, where it is listed, is left out. Keys that mean
 * nothing here (slices, modules, tokenizers) and parameters that the method does not take are problems by name.
 *
 * What mergekit does on whole models after merging each LoRA into its base, this does on the updates themselves: the
 * same for all methods of task vectors, without the rounding; `slerp` and `karcher` interpolate updates, not models.
 */
export const mergekitSchema = configSchema.transform((config, context): MergekitMerge => {
  const issue: Issue = (path, message) => context.addIssue({ code: "custom", path: [...path], message });
  const method = mergekitMethods[config.merge_method]!;
  const base = config.base_model === undefined ? null : parseModelReference(config.base_model);
  const models = adapterModels(config, { method, base, issue });
  reportUnknown(config, method, issue);
  const normalize = flag(config, "normalize", { ...method.normalize, issue });
  flag(config, "rescale", { ...method.rescale, issue });
  const scale = config.parameters?.["lambda"] ?? 1;
  if (method.lambda && typeof scale !== "number") issue(["parameters", "lambda"], "expected one number");
  const options = {
    method: method.method,
    ...method.fixed,
    ...(method.lambda ? { scale } : {}),
    ...numbers(config, { method, models, issue }),
    ...(method.weighted ? weights(config, { models, normalize, issue }) : {}),
  } as MergeOptions;
  const precision = config.out_dtype ?? config.dtype;
  return {
    adapters: models.map(({ reference }) => reference.adapter),
    options,
    baseModel: (method.baseIsFirst === true ? base?.base : config.base_model) ?? null,
    dtype: precision === undefined ? null : dtypes[precision],
  };
});

/** A switch for the whole merge; `only` is the value that our method has. */
function flag(
  { merge_method: name, parameters: shared = {} }: Config,
  key: string,
  { standard, only, issue }: { standard?: boolean; only?: boolean; issue: Issue },
): boolean {
  const value = shared[key] ?? standard ?? only ?? false;
  const path = ["parameters", key];
  if (typeof value !== "boolean") issue(path, "expected true or false");
  else if (only !== undefined && value !== only) issue(path, `${name}: expected ${only}, the other is not supported`);
  return value === true;
}

type Issue = (path: readonly (string | number)[], message: string) => void;

interface Model {
  /** Place in the file. */
  readonly place: number;
  readonly reference: ModelReference;
  readonly parameters: Readonly<Record<string, Setting>>;
}

/** The models that are adapters, in the order that the method takes them. */
function adapterModels(
  config: Config,
  { method, base, issue }: { method: MergekitMethod; base: ModelReference | null; issue: Issue },
): Model[] {
  const models = config.models.map(({ model, parameters: own = {} }, place) => {
    return { place, reference: parseModelReference(model), parameters: own };
  });
  if (method.baseIsFirst === true) {
    const first = models.find(({ reference }) => reference.text === base?.text);
    if (models.length !== 2) issue(["models"], `${config.merge_method}: expected two models`);
    if (first === undefined) issue(["base_model"], "expected the one of the two models to begin from");
    return first === undefined ? models : [first, ...models.filter((model) => model !== first)];
  }
  const adapters = models.filter(({ reference }) => reference.text !== base?.text);
  if (adapters.length < models.length && config.merge_method === "linear") {
    issue(["models"], "linear: expected adapters alone; the base itself has no update");
  }
  if (adapters.length === 0) issue(["models"], "expected at least one adapter beside the base");
  for (const { reference, place } of adapters) {
    if (base !== null && reference.base !== null && reference.base !== base.text) {
      issue(["models", place, "model"], `expected an adapter on ${base.text}`);
    }
  }
  return adapters;
}

/** Parameters that the method does not take. int8_mask saves mergekit memory and changes nothing. */
function reportUnknown(
  { merge_method: name, models, parameters: shared = {} }: Config,
  method: MergekitMethod,
  issue: Issue,
): void {
  const own = [...Object.keys(method.numbers ?? {}), ...(method.weighted ? ["weight"] : [])];
  const common = [
    ...(method.normalize === undefined ? [] : ["normalize"]),
    ...(method.rescale === undefined ? [] : ["rescale", "int8_mask"]),
    ...(method.lambda ? ["lambda"] : []),
  ];
  const check = (keys: readonly string[], known: readonly string[], path: readonly (string | number)[]): void => {
    for (const key of keys.filter((one) => !known.includes(one))) {
      issue(
        [...path, key],
        `${name} takes ${known.length === 0 ? "no parameters here" : known.join(", ")}; expected one of them`,
      );
    }
  };
  check(Object.keys(shared), [...own, ...common], ["parameters"]);
  for (const [place, { parameters: mine = {} }] of models.entries()) {
    check(Object.keys(mine), own, ["models", place, "parameters"]);
  }
}

/** Parameters that are one number for the whole merge in our methods. */
function numbers(
  config: Config,
  { method, models, issue }: { method: MergekitMethod; models: readonly Model[]; issue: Issue },
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [key, { option, standard }] of Object.entries(method.numbers ?? {})) {
    const settings = models.map((model) => model.parameters[key] ?? config.parameters?.[key] ?? standard);
    const odd = settings.findIndex((setting) => typeof setting !== "number" || setting !== settings[0]);
    if (odd < 0) found[option] = settings[0] as number;
    else {
      const { place, parameters: own } = models[odd]!;
      const path = Object.hasOwn(own, key) ? ["models", place, "parameters", key] : ["parameters", key];
      issue(path, "expected one number, the same for all models");
    }
  }
  return found;
}

function weights(
  config: Config,
  { models, normalize, issue }: { models: readonly Model[]; normalize: boolean; issue: Issue },
): object {
  const shared = config.parameters?.["weight"];
  const rules = models.map(({ parameters: own }) => settingRules([own["weight"], shared]));
  const result = weightOptions(rules, { normalize });
  if ("options" in result) return result.options;
  for (const { model, message } of result.problems) {
    issue(["models", models[model]!.place, "parameters", "weight"], message);
  }
  return {};
}
