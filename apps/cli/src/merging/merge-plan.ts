import { mergekitSchema, mergeMethods, mergeOptionsSchema } from "@prefdelta/merge";
import type { MergekitMerge, ParsedMergeOptions } from "@prefdelta/merge";
import { z } from "zod";

import { parseConfigSource, readConfigSource } from "../config/config-source.ts";
import type { ConfigSource } from "../config/config-source.ts";
import { parseOverride } from "../config/override.ts";
import type { Override } from "../config/override.ts";
import { configError, parseConfig } from "../config/parse-config.ts";
import { CliError } from "../errors.ts";
import type { Arguments } from "../parse-arguments.ts";
import { devSchema, devSettings, refuseDevFlags } from "./dev-settings.ts";
import type { DevSettings } from "./dev-settings.ts";

/** One merge of a plan; its scale is 1 where the plan has several. */
interface PlannedMerge {
  /** Of its folder, where there are several. */
  readonly name: string;
  readonly options: ParsedMergeOptions;
}

/** What one `pda merge` is to do with the adapters, once they are read. */
export interface MergePlan {
  readonly adapters: readonly string[];
  readonly merges: readonly PlannedMerge[];
  /** Every merge at each of these λ, or with `dev` at the best of them; null: at its own. */
  readonly scales: readonly number[] | null;
  /** On what the best λ is found; null: each is written. */
  readonly dev: DevSettings | null;
  readonly baseModel: string | null;
  readonly dtype: MergekitMerge["dtype"];
}

/**
 * Reads the arguments of `pda merge` with its settings file: our options (`method`), several methods or λ at once
 * (`methods`, `scale: {search: […]}`, with `on: dev` the best of them), or mergekit's YAML (`merge_method`), which names the adapters itself.
 *
 * @throws CliError E_USAGE, E_CONFIG
 */
export async function readMergePlan(args: Arguments): Promise<MergePlan> {
  const file = args.values["config"];
  const written = file === undefined ? parseConfigSource("", { file: "command line" }) : await readConfigSource(file);
  if (has(written.value, "merge_method")) return mergekitPlan(written, args);
  const overrides = mergeOverrides(args, written.value);
  const source =
    file === undefined
      ? parseConfigSource("", { file: "command line", overrides })
      : await readConfigSource(file, overrides);
  if (args.positionals.length === 0) throw new CliError("E_USAGE", "ADAPTER: missing");
  const { dev, ...plan } = isSweep(source.value) ? sweepPlan(source) : singlePlan(source);
  if (dev === null) refuseDevFlags(args);
  const settings = dev === null ? null : devSettings(args, dev, file);
  return { adapters: args.positionals, baseModel: null, dtype: null, ...plan, dev: settings };
}

interface Merges extends Pick<MergePlan, "merges" | "scales"> {
  /** What the file says of the search on dev items; null: there is to be none. */
  readonly dev: z.output<typeof devSchema> | Record<string, never> | null;
}

function singlePlan(source: ConfigSource): Merges {
  const options = parseConfig(mergeOptionsSchema, source);
  return { merges: [{ name: options.method, options }], scales: null, dev: null };
}

const methodNames = Object.keys(mergeMethods);

/** Several methods, or one at several λ; every other key is for each of them. */
const sweepSchema = z.looseObject({
  methods: z
    .array(z.union([z.enum(methodNames), z.looseObject({ method: z.enum(methodNames) })]))
    .min(1)
    .optional(),
  scale: z
    .union([z.number(), z.strictObject({ search: z.array(z.number()).min(1), on: z.literal("dev").optional() })])
    .optional(),
  dev: devSchema.optional(),
});

function sweepPlan(source: ConfigSource): Merges {
  const { methods, scale, dev, ...shared } = parseConfig(sweepSchema, source);
  const isOnDev = typeof scale === "object" && scale.on === "dev";
  const listed = methods?.map((entry) => (typeof entry === "string" ? { method: entry } : entry)) ?? [{}];
  const clashes = [
    ...(dev !== undefined && !isOnDev
      ? [`${source.place(["dev"])}  dev: expected scale: {search: […], on: dev} beside it`]
      : []),
    ...(methods !== undefined && has(shared, "method")
      ? [`${source.place(["method"])}  method: expected none beside methods`]
      : []),
    ...listed.flatMap((own, i) =>
      scale !== undefined && has(own, "scale")
        ? [`${source.place(["methods", i, "scale"])}  methods[${i}].scale: expected none beside scale`]
        : [],
    ),
  ];
  if (clashes.length > 0) throw configError(source.file, clashes);
  const names = new Set<string>();
  const merges = listed.map((own, i): PlannedMerge => {
    const value = { ...shared, ...own };
    const place = (path: readonly (string | number)[]): string => {
      const [key] = path;
      return source.place(methods !== undefined && has(own, String(key)) ? ["methods", i, ...path] : [...path]);
    };
    const options = parseConfig(mergeOptionsSchema, { file: source.file, value, place });
    const name = unusedName(options.method, names);
    names.add(name);
    return { name, options };
  });
  if (scale === undefined) return { merges, scales: null, dev: null };
  const scales = typeof scale === "number" ? [scale] : [...new Set(scale.search)];
  return { merges, scales, dev: isOnDev ? (dev ?? {}) : null };
}

function unusedName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function mergekitPlan(source: ConfigSource, args: Arguments): MergePlan {
  refuseDevFlags(args);
  const { positionals, values, lists } = args;
  const refused = [
    ...(positionals.length > 0 ? ["ADAPTER"] : []),
    ...["method", "weights"].filter((flag) => values[flag] !== undefined).map((flag) => `--${flag}`),
    ...(lists["set"] === undefined ? [] : ["--set"]),
  ];
  if (refused.length > 0) {
    const problems = refused.map((flag) => `${flag}: not with a mergekit file, which says so itself`);
    throw new CliError("E_USAGE", `${source.file} is a mergekit file`, { problems });
  }
  const { adapters, options: read, baseModel, dtype } = parseConfig(mergekitSchema, source);
  const own = mergeOverrides({ positionals, values, lists, flags: new Set() }, source.value);
  const value = { ...read, ...Object.fromEntries(own.map((one) => [String(one.path[0]), one.value])) };
  const place = (path: readonly (string | number)[]): string =>
    own.find((one) => one.path[0] === path[0])?.label ?? source.file;
  const options = parseConfig(mergeOptionsSchema, { file: source.file, value, place });
  return { adapters, merges: [{ name: options.method, options }], scales: null, dev: null, baseModel, dtype };
}

/** The command's own flags as options of the method; task arithmetic is the method where nothing else is said. */
function mergeOverrides({ values, lists }: Arguments, written: unknown): Override[] {
  const flags = ["method", "scale", "rank", "weights"] as const;
  const given = flags.flatMap((flag): Override[] => {
    const text = values[flag];
    if (text === undefined) return [];
    const { value } = parseOverride(flag === "weights" ? `${flag}=[${text}]` : `${flag}=${text}`);
    return [{ path: [flag], value, label: `--${flag} ${text}` }];
  });
  const set = (lists["set"] ?? []).map(parseOverride);
  const isSaid = [written, ...set.map(({ path }) => ({ [String(path[0])]: true }))].some((value) =>
    ["method", "methods", "merge_method"].some((key) => has(value, key)),
  );
  const standard: Override = { path: ["method"], value: "task_arithmetic", label: "default" };
  return [...(isSaid || values["config"] !== undefined ? [] : [standard]), ...set, ...given];
}

function isSweep(value: unknown): boolean {
  return has(value, "methods") || (has(value, "scale") && typeof (value as { scale: unknown }).scale === "object");
}

function has(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}
