/** The last `<answer>…</answer>` of a text, trimmed; null where there is none. Reasoning often names an answer before the one it settles on. */
export function extractAnswer(text: string): string | null {
  let answer: string | null = null;
  for (const [, content] of text.matchAll(/<answer>(.*?)<\/answer>/gs)) answer = content!.trim();
  return answer;
}

/** Whether a prediction equals one of the accepted answers, to the letter but for blanks around it. */
export const isExactMatch = (prediction: string | null, answers: readonly string[]): boolean =>
  prediction !== null && answers.some((answer) => answer.trim() === prediction.trim());
