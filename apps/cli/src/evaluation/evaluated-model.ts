import type { Chat, Continue, GenerateUntil, Loglikelihood, RunTaskOptions } from "@prefdelta/eval";

import type { Json } from "../files/canonical-json.ts";

/** A model that tasks are put to, wherever it runs. */
export interface EvaluatedModel {
  readonly loglikelihood: Loglikelihood;
  readonly generate: GenerateUntil;
  /** For open questions, whose conversations go on after a search. */
  readonly continueText: Continue;
  /** For open questions, by its own tool calling. */
  readonly converse: Chat;
  /** Writes messages as the model wants them, up to where its answer begins. */
  readonly chatTemplate: NonNullable<RunTaskOptions["chatTemplate"]>;
  /** What it is, for results.json: the hashes of whatever its answers depend on. */
  readonly config: Readonly<Record<string, Json>>;
}
