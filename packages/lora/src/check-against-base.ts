import type { Adapter } from "./adapter.ts";
import { LoraError } from "./errors.ts";

/** Sizes of a base model's linear layer. */
export interface LayerShape {
  readonly outFeatures: number;
  readonly inFeatures: number;
}

/** A module that does not fit the base: its layer is not there, or has another shape. */
export interface BaseMismatch {
  readonly module: string;
  readonly kind: "unknown" | "shape";
  /** undefined where the base has no such layer. */
  readonly expected: LayerShape | undefined;
  readonly found: LayerShape;
  readonly message: string;
}

/** Every module of the adapter that does not fit a base model with these linear layers (by path); empty if all fit. */
export function checkAgainstBase(adapter: Adapter, shapes: ReadonlyMap<string, LayerShape>): BaseMismatch[] {
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
export function assertFitsBase(adapter: Adapter, shapes: ReadonlyMap<string, LayerShape>, file?: string): void {
  const problems = checkAgainstBase(adapter, shapes).map(({ message }) => message);
  if (problems.length > 0) throw new LoraError("E_BASE", problems, { file });
}

function show({ outFeatures, inFeatures }: LayerShape): string {
  return `${outFeatures}×${inFeatures} (out×in)`;
}
