import { Presets, SingleBar } from "cli-progress";

import { formatRate } from "./format-rate.ts";
import { createMilestones } from "./milestones.ts";

/** A piece of work that is counted: `update(12)` after the twelfth of `total`. */
export interface Progress {
  update(done: number, detail?: string): void;
  stop(): void;
}

/** Everything said while working; it goes to stderr, so that stdout holds the result alone. */
export interface Reporter {
  line(text: string): void;
  progress(label: string, options: { total: number; unit: string; start?: number }): Progress;
}

export interface ReporterOptions {
  readonly stream: NodeJS.WritableStream;
  /** Bars need a terminal; without one, or where a program reads the output, the same work is told in plain lines. */
  readonly bars: boolean;
  readonly quiet: boolean;
}

export function createReporter({ stream, bars, quiet }: ReporterOptions): Reporter {
  const line = (text: string): void => {
    if (!quiet) stream.write(`${text}\n`);
  };
  return {
    line,
    progress(label, { total, unit, start = 0 }) {
      if (quiet) return { update: () => {}, stop: () => {} };
      return bars
        ? createBar(label, { total, unit, start, stream })
        : createMilestones(label, { total, unit, start, line, now: () => performance.now() });
    },
  };
}

interface BarOptions {
  readonly total: number;
  readonly unit: string;
  readonly start: number;
  readonly stream: NodeJS.WritableStream;
}

function createBar(label: string, { total, unit, start, stream }: BarOptions): Progress {
  const bar = new SingleBar(
    {
      stream,
      format: `  ${label} {bar} {value}/{total} ${unit}  {rate}/s  {eta_formatted} left  {detail}`,
      barsize: 24,
      clearOnComplete: true,
      etaBuffer: 20,
      hideCursor: true,
      gracefulExit: false,
      progressCalculationRelative: true,
    },
    Presets.shades_classic,
  );
  const began = performance.now();
  bar.start(total, start, { rate: "-", detail: "" });
  return {
    update(done, detail = "") {
      const seconds = (performance.now() - began) / 1000;
      bar.update(done, { rate: formatRate((done - start) / Math.max(seconds, 1e-3)), detail });
    },
    stop: () => bar.stop(),
  };
}
