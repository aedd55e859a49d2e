/** One question of data/*.jsonl. */
export interface Item {
  readonly id: string;
  readonly prompt: readonly { readonly role: "user"; readonly content: string }[];
  readonly answers: readonly string[];
}

export interface Scores {
  /** Share of questions whose last answer is the gold one. */
  readonly accuracy: number;
  /** Share answered by a chain, by steps or by a search. */
  readonly worked: number;
}

export function scoreAnswers(items: readonly Item[], transcripts: readonly string[]): Scores {
  const right = items.filter(({ answers }, i) => answers.includes(lastAnswer(transcripts[i] ?? "") ?? ""));
  const worked = transcripts.filter((text) => /<search>|\d=\d| is the /.test(text));
  return { accuracy: right.length / items.length, worked: worked.length / items.length };
}

/** What stands between the last pair of answer tags. */
function lastAnswer(transcript: string): string | undefined {
  return [...transcript.matchAll(/<answer>(.*?)<\/answer>/gs)].at(-1)?.[1]?.trim();
}
