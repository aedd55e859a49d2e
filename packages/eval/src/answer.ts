/** The last `<answer>…</answer>` of a text, trimmed; null where there is none. Reasoning often names an answer before the one it settles on. */
export function extractAnswer(text: string): string | null {
  // From the end, so that of "<answer> a, no: <answer> b</answer>" it is b.
  for (let close = text.lastIndexOf("</answer>"); close > 0; close = text.lastIndexOf("</answer>", close - 1)) {
    const inside = text.slice(0, close);
    const open = inside.lastIndexOf("<answer>");
    if (open >= 0 && !inside.slice(open).includes("</answer>")) return inside.slice(open + "<answer>".length).trim();
  }
  return null;
}

export interface ExactMatchOptions {
  /** Applied to both sides before they are compared: what may differ between equal answers. The default takes blanks around them away. */
  readonly normalise?: (text: string) => string;
}

/** Whether a prediction equals one of the accepted answers, once both are normalised. */
export function isExactMatch(
  prediction: string | null,
  answers: readonly string[],
  { normalise = (text) => text.trim() }: ExactMatchOptions = {},
): boolean {
  if (prediction === null) return false;
  const normalised = normalise(prediction);
  return answers.some((answer) => normalise(answer) === normalised);
}
