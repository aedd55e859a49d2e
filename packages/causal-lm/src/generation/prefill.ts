import type { CausalLm } from "../causal-lm.ts";
import type { LoraWeights } from "../lora.ts";
import { roundLength } from "../training/layout.ts";
import { type Cut, cutRows } from "./cut-rows.ts";
import { fillRows } from "./fill-rows.ts";
import { forwardBytes, partSize } from "./generation-memory.ts";
import { append, type KeyValueCache, rowsOf } from "./key-value-cache.ts";
import { computePrefix, sharedLength } from "./shared-prefix.ts";

interface Prefilling {
  /** Empty, with a row for each prompt. */
  readonly cache: KeyValueCache;
  readonly prompts: readonly (readonly number[])[];
  readonly lora?: LoraWeights | undefined;
  /** Bytes of the cache, once it is full. */
  readonly held: number;
  /** Bytes that filling it may take besides; Infinity where nothing was said. */
  readonly left: number;
}

/** Rows whose prompts ran. */
export interface Prefilled extends Cut {
  /** After each of these rows' prompts: [end - start, vocab]. */
  readonly logits: Float32Array;
}

/**
 * Runs the prompts, what all of them begin with only once: as many rows at a time as fit beside the cache, and a row that does not fit alone in parts.
 */
export async function* prefill(
  lm: CausalLm,
  { cache, prompts, lora, held, left }: Prefilling,
): AsyncGenerator<Prefilled> {
  const { rows, capacity } = cache;
  const shared = sharedLength(prompts);
  if (shared > 0) {
    const { keys, values } = await computePrefix(lm, prompts[0]!.slice(0, shared), { lora, held, left });
    append(cache, { keys, values, counts: new Int32Array(rows).fill(shared) });
  }
  const own = prompts.map((prompt) => prompt.slice(shared));
  // All runs are padded alike: another shape would be another compiled step.
  const tokens = Math.max(...own.map(({ length }) => length));
  const follows = shared > 0;
  const shape = { tokens: roundLength(tokens), past: follows ? capacity : 0 };
  const fits = ({ start, end }: Cut): boolean => forwardBytes(lm, { rows: end - start, ...shape }).needs <= left;
  // Where several rows fit together, so does one alone.
  const part = partSize(lm, { tokens, capacity, follows }, left);
  for (const run of cutRows(rows, fits)) {
    const filling = { prompts: own.slice(run.start, run.end), part, lora, held };
    yield { ...run, logits: await fillRows(lm, rowsOf(cache, run), filling) };
  }
}
