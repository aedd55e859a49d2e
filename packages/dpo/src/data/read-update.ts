import type { EncodedPair } from "./encode-pair.ts";
import type { PairList } from "./pair-list.ts";

interface UpdateInputs {
  /** Micro-batches: places of pairs in the list. */
  readonly batches: readonly (readonly number[])[];
  /** Log-probs of the whole list, pair by pair. */
  readonly reference: Float64Array | undefined;
}

export interface UpdateData {
  /** The update's pairs, micro-batch by micro-batch. */
  readonly pairs: readonly EncodedPair[];
  readonly reference: Float64Array | undefined;
  /** Places in `pairs`. */
  readonly batches: readonly (readonly number[])[];
}

/** One update's share of the data. */
export async function readUpdate(list: PairList, { batches, reference }: UpdateInputs): Promise<UpdateData> {
  const places = batches.flat();
  const sides = reference ? reference.length / list.length : 0;
  let next = 0;
  return {
    pairs: await list.read(places),
    reference:
      reference &&
      Float64Array.from(places.flatMap((place) => [...reference.subarray(place * sides, (place + 1) * sides)])),
    batches: batches.map((batch) => batch.map(() => next++)),
  };
}
