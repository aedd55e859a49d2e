import type { Message } from "../message.ts";
import { promptText } from "../prompts/prompt-text.ts";

const instructions = [
  "You compare two answers to the same conversation. Judge which is more correct, more helpful and closer to what was asked.",
  "Neither the order of the answers nor their length is a merit. Give your reasons in a few sentences, then end with your verdict:",
  "[[A]] if the first answer is better, [[B]] if the second is, [[C]] if neither is.",
].join(" ");

/** What a judge is asked about two answers: pairwise comparison as in Zheng et al. 2023 (arXiv:2306.05685), in our own words. */
export const judgePrompt = (prompt: readonly Message[], first: string, second: string): Message[] => [
  { role: "system", content: instructions },
  {
    role: "user",
    content: `<conversation>\n${promptText(prompt)}\n</conversation>\n\n<answer_a>\n${first}\n</answer_a>\n\n<answer_b>\n${second}\n</answer_b>`,
  },
];

const verdicts = { A: "first", B: "second", C: "neither" } as const;

/** A judge's verdict: the last that its text holds; null where it holds none. */
export function readVerdict(text: string): "first" | "second" | "neither" | null {
  const letter = [...text.matchAll(/\[\[([ABC])\]\]/g)].at(-1)?.[1] as keyof typeof verdicts | undefined;
  return letter === undefined ? null : verdicts[letter];
}

/**
 * What two verdicts say of a pair, the chosen answer shown first and then second. Judges favour a place (Zheng et al. 2023, §3.3): only what holds in
 * both orders counts.
 */
export function pairVerdict(chosenFirst: string, chosenSecond: string): "chosen" | "rejected" | "neither" {
  const [one, other] = [readVerdict(chosenFirst), readVerdict(chosenSecond)];
  if (one === "first" && other === "second") return "chosen";
  return one === "second" && other === "first" ? "rejected" : "neither";
}
