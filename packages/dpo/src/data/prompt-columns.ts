import type { TrainingPair } from "./training-pair.ts";

/** Columns that are part of a prompt in some shape of rows. */
const promptColumns = [
  "prompt",
  "system",
  "system_prompt",
  "instruction",
  "input",
  "question",
  "history",
  "messages",
  "conversations",
] as const;

/** All texts in a value, at any depth: a message's content, a turn's value. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const inner of value) yield* textsIn(inner);
  else if (value !== null && typeof value === "object") {
    const { content, value: said, text } = value as Record<string, unknown>;
    yield* textsIn(content ?? said ?? text);
  }
}

/**
 * Columns that may be part of a prompt and whose words are nowhere in the pair that was read: the row means more than its pair says. A shape
 * of which a text column is a repetition, as UltraFeedback's prompt beside its conversations, has none.
 */
export function columnsLeftOut(
  row: Readonly<Record<string, unknown>>,
  { prompt, chosen, rejected }: Omit<TrainingPair, "prompt_id">,
): string[] {
  const said = [...textsIn([prompt, chosen, rejected])];
  const isSaid = (text: string): boolean => said.some((one) => one.includes(text.trim()));
  return promptColumns.filter((name) => ![...textsIn(row[name])].every(isSaid));
}
