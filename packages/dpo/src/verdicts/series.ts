import type { LogRow } from "../log/trainer-log.ts";

/** One metric over the steps at which it was logged. */
export interface Series {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export function seriesOf(rows: readonly LogRow[], name: string): Series {
  const logged = rows.filter((row) => row[name] !== undefined);
  return { steps: logged.map((row) => row["step"]!), values: logged.map((row) => row[name]!) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means over windows of `width` values that follow one another without overlap; a rest too short for one is left out. */
export function windows({ steps, values }: Series, width: number): Series {
  const starts = Array.from({ length: Math.floor(values.length / width) }, (_, i) => i * width);
  return {
    steps: starts.map((start) => steps[start]!),
    values: starts.map((start) => mean(values.slice(start, start + width))),
  };
}
