import { openCheckpoint } from "@prefdelta/safetensors/node";
import type { LoraModule } from "../adapter.ts";
import { sumRows } from "./sum-rows.ts";

/** A base's weights, for threads that add updates to them. */
export interface BaseWeights {
  /**
   * The new bytes of a weight whole, those that mergeIntoBase would write.
   *
   * @param path of a linear layer of the base, of the module's shape and F32, F16 or BF16
   * @throws LoraError E_ADAPTER (entries that are not finite after the sum, by tensor); SafetensorsError for the base's file
   */
  readonly add: (path: string, module: LoraModule) => Promise<Uint8Array<ArrayBuffer>>;
  readonly close: () => Promise<void>;
}

/** @throws SafetensorsError for the base's files */
export async function openBaseWeights(base: string): Promise<BaseWeights> {
  const checkpoint = await openCheckpoint(base);
  return {
    async add(path, module) {
      const name = `${path}.weight`;
      const { begin, end } = checkpoint.entries.get(name)!;
      const whole = new Uint8Array(end - begin);
      let at = 0;
      for await (const rows of sumRows(checkpoint, name, module)) {
        whole.set(rows, at);
        at += rows.length;
      }
      return whole;
    },
    close: () => checkpoint.close(),
  };
}
