import type { Item } from "@prefdelta/preference";
import type { CollectCounts, GenerationIdentity, ResponseStore } from "@prefdelta/preference/node";

import type { Json } from "../files/canonical-json.ts";
import type { Price } from "./budget.ts";

/** A model of a recipe that has prompts answered into a store. */
export interface AnsweringModel {
  /** What its answers depend on but the prompt. */
  readonly identity: GenerationIdentity;
  /** The same, for a stage's key. */
  readonly inputs: Json;
  /** Answers a command may pay for. */
  readonly price?: Price | undefined;
  /** Has every prompt answered that the store has no answer to; counts are told as they grow. */
  collect(items: AsyncIterable<Item>, options: CollectIntoStore): Promise<CollectCounts>;
}

interface CollectIntoStore {
  readonly store: ResponseStore;
  readonly signal: AbortSignal;
  readonly isSpent: (tokens: CollectCounts["tokens"]) => boolean;
  readonly onProgress: (counts: Readonly<CollectCounts>) => void;
  readonly onFailure: (id: string, message: string) => void;
}
