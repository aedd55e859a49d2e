import { checkAdapterConfig } from "./adapter-config.ts";
import type { Adapter, AdapterOutline } from "./adapter.ts";
import { LoraError } from "./errors.ts";
import { isTargeted } from "./target-modules.ts";

type Outlined = AdapterOutline & Pick<Adapter, "config">;

/** Sizes of a base model's linear layer. */
export interface LayerShape {
  readonly outFeatures: number;
  readonly inFeatures: number;
}

/**
 * A module that does not fit the base. unknown: the base has no such layer; shape: it has another shape; missing: the
 * adapter's config names the layer, and its file holds no factors for it (PEFT would leave it without an update and go on).
 */
export interface BaseMismatch {
  readonly module: string;
  readonly kind: "unknown" | "shape" | "missing";
  /** undefined where the base has no such layer. */
  readonly expected: LayerShape | undefined;
  /** undefined where the adapter has no such module. */
  readonly found: LayerShape | undefined;
  readonly message: string;
}

/**
 * Every module of the adapter that does not fit a base model with these linear layers (by path), then every layer that
 * its config names and its file lacks; empty if all fit. Layers are looked for as missing only where `target_modules`
 * says which they are.
 */
export function checkAgainstBase(adapter: Outlined, shapes: ReadonlyMap<string, LayerShape>): BaseMismatch[] {
  return [...misfits(adapter, shapes), ...missingLayers(adapter, shapes)];
}

function missingLayers({ config, modules }: Outlined, shapes: ReadonlyMap<string, LayerShape>): BaseMismatch[] {
  if (config === undefined || !isPresent(config["target_modules"])) return [];
  const parsed = checkAdapterConfig(config, "adapter_config.json");
  return [...shapes].flatMap(([module, expected]): BaseMismatch[] => {
    if (modules.has(module) || !isTargeted(module, parsed)) return [];
    const message = `${module}: expected factors, since target_modules names the layer, found none`;
    return [{ module, kind: "missing", expected, found: undefined, message }];
  });
}

/** "all-linear" leaves out layers by rules of PEFT's own. */
function isPresent(targets: unknown): boolean {
  return targets !== undefined && targets !== null && targets !== "all-linear";
}

function misfits(adapter: AdapterOutline, shapes: ReadonlyMap<string, LayerShape>): BaseMismatch[] {
  return [...adapter.modules].flatMap(([module, { outFeatures, inFeatures }]): BaseMismatch[] => {
    const expected = shapes.get(module);
    const found = { outFeatures, inFeatures };
    if (expected === undefined) {
      const message = `${module}: expected a linear layer of the base, found no such layer (the update is ${show(found)})`;
      return [{ module, kind: "unknown", expected, found, message }];
    }
    if (expected.outFeatures === outFeatures && expected.inFeatures === inFeatures) return [];
    const message = `${module}: expected an update of ${show(expected)}, found ${show(found)}`;
    return [{ module, kind: "shape", expected, found, message }];
  });
}

/**
 * @param file the adapter's folder, for the message
 * @throws LoraError E_BASE with every mismatch
 */
export function assertFitsBase(adapter: Outlined, shapes: ReadonlyMap<string, LayerShape>, file?: string): void {
  const problems = checkAgainstBase(adapter, shapes).map(({ message }) => message);
  if (problems.length > 0) throw new LoraError("E_BASE", problems, { file });
}

function show({ outFeatures, inFeatures }: LayerShape): string {
  return `${outFeatures}×${inFeatures} (out×in)`;
}
