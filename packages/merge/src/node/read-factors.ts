import type { LoraModule } from "@prefdelta/lora";
import type { AdapterFile } from "@prefdelta/lora/node";
import { assertFinite } from "../assert-finite.ts";

/** The factors of one module in all adapters that have it. */
export interface SourceFactors {
  /** By the adapters' places. */
  readonly factors: ReadonlyMap<number, LoraModule>;
  /** Says that they are not used any more: their B's memory is the next module's. A result may keep their A. */
  readonly release: () => void;
}

/**
 * Reads a module of all adapters. Their A lie one below the other, as a sum of them is stored (sideBySide), which saves a copy.
 *
 * @throws MergeError E_NOT_FINITE, SafetensorsError
 */
export function factorReader(
  files: readonly AdapterFile[],
  names: readonly string[],
): (path: string) => Promise<SourceFactors> {
  let idle = new Float32Array();
  return async (path) => {
    const present = [...files.entries()].flatMap(([index, file]) => {
      const outline = file.modules.get(path);
      return outline === undefined ? [] : [{ index, file, ...outline }];
    });
    const total = (of: "inFeatures" | "outFeatures"): number =>
      present.reduce((sum, source) => sum + source.rank * source[of], 0);
    const A = new Float32Array(total("inFeatures"));
    const B = idle.length < total("outFeatures") ? new Float32Array(total("outFeatures")) : idle;
    idle = new Float32Array(); // until it is released
    const factors = new Map<number, LoraModule>();
    let [atA, atB] = [0, 0];
    for (const { index, file, rank, inFeatures, outFeatures } of present) {
      const into = {
        A: A.subarray(atA, (atA += rank * inFeatures)),
        B: B.subarray(atB, (atB += rank * outFeatures)),
      };
      const module = await file.read(path, into);
      assertFinite([{ modules: new Map([[path, module]]) }], [names[index]!]);
      factors.set(index, module);
    }
    return { factors, release: () => void (idle = B) };
  };
}
