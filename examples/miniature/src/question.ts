/** Who may see an entity: pretraining, the generation of preference pairs, the tuning of settings, or the final table only. */
export type Split = "pre" | "dpo" | "dev" | "eval";

export const heldOutSplits = ["dpo", "dev", "eval"] as const satisfies readonly Split[];

export const skillNames = ["facts", "sums", "search"] as const;
export type SkillName = (typeof skillNames)[number];

/**
 * One question with both ways to answer it.
 *
 * Every word is written with a leading blank wherever it stands: " Chad" and "Chad" are different tokens,
 * and a small model cannot copy one as the other.
 */
export interface Question {
  readonly id: string;
  /** What splits and the clustered bootstrap go by: a country, an expression, a word. */
  readonly entity: string;
  /** Asked by the user; begins with a blank (sums and facts and search alike). */
  readonly text: string;
  readonly gold: string;
  /** The bare answer, opened differently by each skill, so that no skill's preference leaks into another's. */
  readonly direct: string;
  /** The chain, the steps or the search that leads to the answer. */
  readonly worked: string;
}

export type AnswerMode = "direct" | "worked";

/** The pretraining document of a question: what the chat template makes of the two messages. */
export function questionDocument(question: Question, mode: AnswerMode): string {
  return `<|user|>${question.text}<|assistant|>${question[mode]}<|end|>`;
}
