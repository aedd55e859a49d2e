import type { AdapterOutline } from "@prefdelta/lora";
import { adapterNames } from "./adapter-names.ts";
import { MergeError } from "./errors.ts";
import { mergeMetadata } from "./merge-metadata.ts";
import { mergeMethods, mergeOptionsSchema, type MergeOptions, type ParsedMergeOptions } from "./merge-options.ts";
import { parseOptions } from "./parse-options.ts";

/** What a merge is to be, before any number is read. */
export interface MergePlan {
  readonly parsed: ParsedMergeOptions;
  readonly names: readonly string[];
  readonly baseModel: string | null;
  /** Of the merged adapter. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** @throws {MergeError} E_OPTIONS, E_ADAPTERS, E_BASE */
export function planMerge(
  adapters: readonly AdapterOutline[],
  options: MergeOptions,
  inputs: { readonly names?: readonly string[]; readonly baseModel?: string },
): MergePlan {
  const parsed = parseOptions(mergeOptionsSchema, options);
  const names = adapterNames(adapters, inputs.names);
  assertCounts(adapters, parsed);
  const baseModel = inputs.baseModel ?? commonBase(adapters, names);
  return { parsed, names, baseModel, metadata: mergeMetadata(adapters, names, parsed) };
}

function assertCounts(adapters: readonly AdapterOutline[], { method, weights, ...own }: ParsedMergeOptions): void {
  if (adapters.every(({ modules }) => modules.size === 0)) {
    throw new MergeError("E_ADAPTERS", [
      `expected at least one adapter with modules, found ${adapters.length} without`,
    ]);
  }
  if (weights !== undefined && weights.length !== adapters.length) {
    const expected = `expected one per adapter, ${adapters.length}, found ${weights.length}`;
    throw new MergeError("E_OPTIONS", [`weights: ${expected}`]);
  }
  if ("reference" in own && own.reference >= adapters.length) {
    const expected = `expected the place of one of ${adapters.length} adapters, from 0, found ${own.reference}`;
    throw new MergeError("E_OPTIONS", [`reference: ${expected}`]);
  }
  const { adapters: needed = adapters.length } = mergeMethods[method];
  if (needed !== adapters.length) {
    throw new MergeError("E_ADAPTERS", [`${method}: expected ${needed} adapters, found ${adapters.length}`]);
  }
}

function commonBase(adapters: readonly AdapterOutline[], names: readonly string[]): string | null {
  const bases = new Set(adapters.flatMap(({ baseModel }) => baseModel ?? []));
  if (bases.size <= 1) return [...bases][0] ?? null;
  const found = adapters.map(({ baseModel }, i) => `${names[i]}: ${baseModel ?? "none named"}`).join("; ");
  throw new MergeError("E_BASE", [`expected adapters of one base model, found ${found}`]);
}
