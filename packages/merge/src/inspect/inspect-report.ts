import type { AdapterOutline } from "@prefdelta/lora";
import { describeInspection, type Diagnostics, type ModuleDiagnostics } from "./describe-inspection.ts";
import type { InspectedSources } from "./module-inspector.ts";

/** JSON-able. */
export interface InspectReport extends Omit<Diagnostics, "modules" | "norms" | "effectiveRanks" | "perModule"> {
  readonly adapters: readonly {
    readonly name: string;
    readonly baseModel: string | null;
    readonly modules: number;
    readonly ranks: readonly number[];
    /** Mean over modules; null without any. */
    readonly effectiveRank: number | null;
    readonly norm: number;
  }[];
  /** In path order. */
  readonly modules: readonly ModuleDiagnostics[];
}

/** @param inspected every module, in path order */
export function inspectReport(
  adapters: readonly AdapterOutline[],
  names: readonly string[],
  inspected: readonly InspectedSources[],
): InspectReport {
  const { modules: _, norms, effectiveRanks, perModule, ...whole } = describeInspection(names, inspected);
  return {
    adapters: adapters.map(({ baseModel, modules }, i) => ({
      name: names[i]!,
      baseModel,
      modules: modules.size,
      ranks: [...new Set([...modules.values()].map(({ rank }) => rank))].sort((a, b) => a - b),
      effectiveRank: effectiveRanks[i]!,
      norm: norms[i]!,
    })),
    ...whole,
    modules: perModule,
  };
}
