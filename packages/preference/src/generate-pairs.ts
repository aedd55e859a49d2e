import { buildPairs, type BuiltPairs } from "./build-pairs.ts";
import type { Generate } from "./generate.ts";
import type { Item } from "./item.ts";

export interface Generator {
  /** The model's name, for the rows. */
  readonly model: string;
  readonly generate: Generate;
}

export interface GeneratePairsInput {
  readonly items: readonly Item[];
  /** The stronger model. */
  readonly chosen: Generator;
  /** The weaker model. */
  readonly rejected: Generator;
}

export interface GenerateProgress {
  readonly side: "chosen" | "rejected";
  readonly done: number;
  readonly total: number;
}

/**
 * Both models answer every item, one model after the other, so that only one needs to be in memory; then as buildPairs.
 * The models see ids and prompts, never the answers.
 *
 * @throws PreferenceError E_RESPONSES when a model did not answer every item; what a model throws passes through
 */
export async function generatePairs(
  { items, chosen, rejected }: GeneratePairsInput,
  onProgress?: (progress: GenerateProgress) => void,
): Promise<BuiltPairs> {
  const requests = items.map(({ id, prompt }) => ({ id, prompt }));
  const ask = async (side: GenerateProgress["side"], { model, generate }: Generator) => {
    const report = (done: number) => onProgress?.({ side, done, total: items.length });
    return { model, responses: await generate(requests, report) };
  };
  const better = await ask("chosen", chosen);
  return buildPairs({ items, chosen: better, rejected: await ask("rejected", rejected) });
}
