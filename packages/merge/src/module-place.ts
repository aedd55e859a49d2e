/** Where a module sits in its model. */
export interface ModulePlace {
  /** The number after "layers." (Llama, Qwen), "h." (GPT-2) or "blocks."; null outside the layers. */
  readonly layer: number | null;
  /** The last part of its path: q_proj, up_proj, … */
  readonly type: string;
}

export function modulePlace(path: string): ModulePlace {
  const layer = /(?:^|\.)(?:layers|h|blocks)\.(\d+)(?:\.|$)/.exec(path)?.[1];
  return { layer: layer === undefined ? null : Number(layer), type: path.slice(path.lastIndexOf(".") + 1) };
}

/** The same description of every layer's modules together, and of every type's: layers rising, null last; types by name. */
export interface ByPlace<Description> {
  readonly byLayer: readonly ({ readonly layer: number | null } & Description)[];
  readonly byType: readonly ({ readonly type: string } & Description)[];
}

export function describeByPlace<Module, Description>(
  modules: readonly Module[],
  pathOf: (module: Module) => string,
  describe: (modules: readonly Module[]) => Description,
): ByPlace<Description> {
  const layers = Map.groupBy(modules, (module) => modulePlace(pathOf(module)).layer);
  const types = Map.groupBy(modules, (module) => modulePlace(pathOf(module)).type);
  return {
    byLayer: [...layers]
      .sort(([a], [b]) => (a ?? Infinity) - (b ?? Infinity))
      .map(([layer, group]) => ({ layer, ...describe(group) })),
    byType: [...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, group]) => ({ type, ...describe(group) })),
  };
}
