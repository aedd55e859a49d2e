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

/** Whether a prediction equals one of the accepted answers, to the letter but for blanks around it. */
export const isExactMatch = (prediction: string | null, answers: readonly string[]): boolean =>
  prediction !== null && answers.some((answer) => answer.trim() === prediction.trim());
