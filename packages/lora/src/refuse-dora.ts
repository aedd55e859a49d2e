import type { Adapter, LoraModule } from "./adapter.ts";
import { LoraError } from "./errors.ts";

/** Whether an adapter's layers have magnitudes. */
export const isDora = ({ modules }: Pick<Adapter, "modules">): boolean =>
  [...modules.values()].some(({ magnitude }) => magnitude !== undefined);

/** @throws LoraError E_ADAPTER naming the layers that have a magnitude; `what` cannot express them */
export function refuseDora(modules: Iterable<readonly [string, LoraModule]>, what: string): void {
  const found = [...modules].filter(([, { magnitude }]) => magnitude !== undefined).map(([path]) => path);
  if (found.length === 0) return;
  const some = found.length > 3 ? `${found.slice(0, 3).join(", ")} and ${found.length - 3} more` : found.join(", ");
  const problem = `expected plain LoRA layers, which ${what} can hold, found DoRA's magnitudes in ${some}; merge the adapter into its base with PEFT (merge_and_unload)`;
  throw new LoraError("E_ADAPTER", [problem]);
}
