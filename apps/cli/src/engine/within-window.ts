interface Window<Item, Answer> {
  /** Tokens that a model takes, those it writes included; Infinity where nobody looks. */
  readonly size: number;
  readonly ask: (fitting: readonly Item[]) => Promise<readonly Answer[]>;
  /** The answer where there is no room for any. */
  readonly full: Answer;
}

/** Asks for the prompts that leave room in a model's window; a conversation that fills it ends there. */
export async function withinWindow<Item extends { readonly prompt: readonly number[] }, Answer>(
  items: readonly Item[],
  { size, ask, full }: Window<Item, Answer>,
): Promise<Answer[]> {
  const fitting = items.filter(({ prompt }) => prompt.length < size);
  const answers = fitting.length === 0 ? [] : await ask(fitting);
  const answered = new Map(fitting.map((item, i) => [item, answers[i]!]));
  return items.map((item) => answered.get(item) ?? full);
}
