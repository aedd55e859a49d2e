import type { Message } from "./message.ts";
import type { Pair } from "./pair.ts";

export interface SideStatistics {
  /** Mean length in UTF-16 units; null without pairs. */
  readonly meanCharacters: number | null;
  /** Of the answers that could be judged; null where there are none. */
  readonly shareCorrect: number | null;
}

export interface PairStatistics {
  readonly pairs: number;
  /** Pairs whose answers could be judged. */
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

/** How the two sides differ at first sight: a gap in length that is no gap in quality is what DPO would learn instead. */
export function pairStatistics(pairs: readonly Pair[], { isCorrect }: PairStatisticsOptions = {}): PairStatistics {
  const side = (key: "chosen" | "rejected") => {
    const texts = pairs.map((pair) => textOf(pair[key]));
    const verdicts = pairs.map((pair, i) => isCorrect?.(pair.prompt_id, texts[i]!) ?? null);
    const known = verdicts.filter((verdict) => verdict !== null);
    return {
      verdicts,
      statistics: { meanCharacters: mean(texts.map((text) => text.length)), shareCorrect: mean(known.map(Number)) },
    };
  };
  const chosen = side("chosen");
  const rejected = side("rejected");
  const judged = pairs.filter((_, i) => chosen.verdicts[i] !== null && rejected.verdicts[i] !== null).length;
  return { pairs: pairs.length, judged, chosen: chosen.statistics, rejected: rejected.statistics };
}
