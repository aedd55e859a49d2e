import type { Message } from "./message.ts";
import type { Pair } from "./pair.ts";

export interface SideStatistics {
  /** Mean length in UTF-16 units; null without pairs. */
  readonly meanCharacters: number | null;
  /** Mean number of stretches between white space; null without pairs. */
  readonly meanWords: number | null;
  /** Of the judged pairs, so that both sides count the same prompts; null where there are none. */
  readonly shareCorrect: number | null;
}

export interface PairStatistics {
  readonly pairs: number;
  /** Pairs of which both answers could be judged. */
  readonly judged: number;
  readonly chosen: SideStatistics;
  readonly rejected: SideStatistics;
}

export interface PairStatisticsOptions {
  /** Whether an answer to the prompt is correct; null where no answer is known. */
  readonly isCorrect?: (promptId: string, text: string) => boolean | null;
}

const textOf = (messages: readonly Message[]): string => messages.map(({ content }) => content).join("");

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length;

/** How the two sides differ at first sight: a gap in length that is no gap in quality is what DPO would learn instead. */
export function pairStatistics(pairs: readonly Pair[], { isCorrect }: PairStatisticsOptions = {}): PairStatistics {
  const sides = pairs.map(({ prompt_id, ...pair }) => {
    const judge = (text: string) => ({ text, correct: isCorrect?.(prompt_id, text) ?? null });
    return { chosen: judge(textOf(pair.chosen)), rejected: judge(textOf(pair.rejected)) };
  });
  const judged = sides.filter(({ chosen, rejected }) => chosen.correct !== null && rejected.correct !== null);
  const measure = (side: "chosen" | "rejected"): SideStatistics => ({
    meanCharacters: mean(sides.map((pair) => pair[side].text.length)),
    meanWords: mean(sides.map((pair) => words(pair[side].text))),
    shareCorrect: mean(judged.map((pair) => Number(pair[side].correct))),
  });
  return { pairs: pairs.length, judged: judged.length, chosen: measure("chosen"), rejected: measure("rejected") };
}
