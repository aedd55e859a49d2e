import type { Index } from "usearch";
import { EvalError } from "../../errors.ts";

/**
 * An empty index of usearch (Vardanian 2023): a navigable small-world graph (Malkov & Yashunin 2016, arXiv:1603.09320) over vectors in float16, by cosine.
 * It is an optional dependency, for its native addon.
 *
 * @throws {EvalError} E_USEARCH where it is not installed or has no addon for this machine
 */
export async function createVectorIndex(dimensions: number): Promise<Index> {
  try {
    const { Index: VectorIndex, MetricKind, ScalarKind } = await import("usearch");
    return new VectorIndex({
      ...{ dimensions, metric: MetricKind.Cos, quantization: ScalarKind.F16, multi: false },
      // Its own defaults, which may change; a larger search finds more of the true neighbours.
      ...{ connectivity: 16, expansion_add: 128, expansion_search: 128 },
    });
  } catch (cause) {
    const got = (cause as Error).message;
    throw new EvalError("E_USEARCH", `usearch: expected it to be installed, for dense retrieval, got ${got}`, {
      cause,
    });
  }
}
