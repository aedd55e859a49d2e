import { createRandom } from "@prefdelta/random";
import type { Dataset } from "../dataset.ts";
import type { RungName } from "./ladder.ts";
import { ladder } from "./ladder.ts";
import { drawDocuments } from "./mixture.ts";

/** The very documents, in their order, that a rung is pretrained on with a seed. */
export function documentStream(dataset: Dataset, rung: RungName, seed: number): Generator<string, never> {
  return drawDocuments(dataset, ladder[rung].mixture, createRandom(seed).fork("documents", rung));
}
