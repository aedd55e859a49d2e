import { formatRate } from "./format-rate.ts";
import type { Progress } from "./reporter.ts";

export interface MilestoneOptions {
  readonly total: number;
  readonly unit: string;
  /** Work found done already. */
  readonly start: number;
  readonly line: (text: string) => void;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Progress for a log file: a line when another quarter is done, at most one in ten seconds, so short work is silent. */
export function createMilestones(label: string, { total, unit, start, line, now }: MilestoneOptions): Progress {
  const began = now();
  let quarter = Math.floor((4 * start) / total);
  let told = began;
  return {
    update(done, detail = "") {
      const reached = Math.floor((4 * done) / total);
      const time = now();
      if (reached <= quarter || time - told < 10_000) return;
      quarter = reached;
      told = time;
      const rate = (done - start) / ((time - began) / 1000);
      const left = Math.round((total - done) / rate);
      line(
        `  ${label}: ${done}/${total} ${unit}, ${formatRate(rate)}/s, ${left} s left${detail === "" ? "" : `, ${detail}`}`,
      );
    },
    stop: () => {},
  };
}
