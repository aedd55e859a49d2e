import * as z from "zod";
import { rowBlocks, type DeltaRows } from "../entries/delta-rows.ts";
import { electedRows, mergekitElection } from "../entries/elected-rows.ts";
import { magnitudeThreshold } from "../entries/magnitude-threshold.ts";
import { commonOptions, type EntryMethod } from "./merge-method.ts";

export const sceOptions = z.strictObject({
  method: z.literal("sce"),
  ...commonOptions,
  /** Share of the entries that are kept: those on which the adapters differ most. */
  density: z.number().gt(0).max(1).default(1),
});

/**
 * SCE of FuseChat: Select the entries of largest variance across the adapters; Calculate each adapter's share from the mean square of its
 * selected entries; Erase values against the elected sign. The mean of the rest by those shares (section 3.2).
 */
export const sce: EntryMethod<z.output<typeof sceOptions>> = {
  reference: "https://arxiv.org/abs/2408.07990 (section 3.2)",
  deviation:
    "The shares are the method's own; the options' weights multiply the updates before anything else. No absolute thresholds, so that small updates merge as large ones do (mergekit: 1e-6).",
  on: () => "updates",
  entries:
    ({ density }) =>
    (deltas) => {
      const weighted = deltas.map((delta): DeltaRows => {
        const block = (from: number, to: number) => delta.block(from, to).map((value) => delta.weight * value);
        return { ...delta, weight: 1, block };
      });
      const selected = density < 1 ? select(weighted, density) : weighted;
      const squares = selected.map(sumOfSquares);
      const total = squares.reduce((sum, square) => sum + square, 0);
      const shared = selected.map((delta, i) => ({
        ...delta,
        weight: total === 0 ? 1 / deltas.length : squares[i]! / total,
      }));
      return electedRows(shared, { ...mergekitElection("weights"), weighted: false });
    },
};

/** The same entries of all: the share `density` of those whose variance is not zero, where it is largest. */
function select(deltas: readonly DeltaRows[], density: number): DeltaRows[] {
  const size = { rows: deltas[0]!.rows, cols: deltas[0]!.cols };
  const variance = (from: number, to: number): Float64Array => {
    const blocks = deltas.map(({ block }) => block(from, to));
    return blocks[0]!.map((_, i) => {
      const mean = blocks.reduce((sum, values) => sum + values[i]!, 0) / blocks.length;
      return blocks.reduce((sum, values) => sum + (values[i]! - mean) ** 2, 0) / blocks.length;
    });
  };
  let varied = 0;
  for (const [from, to] of rowBlocks(size)) for (const value of variance(from, to)) if (value > 0) varied++;
  const least = magnitudeThreshold({ ...size, block: variance }, Math.floor(density * varied));
  return deltas.map((delta) => ({
    ...delta,
    block: (from, to) => {
      const spread = variance(from, to);
      return delta.block(from, to).map((value, i) => (spread[i]! >= least ? value : 0));
    },
  }));
}

function sumOfSquares(delta: DeltaRows): number {
  let sum = 0;
  for (const [from, to] of rowBlocks(delta)) for (const value of delta.block(from, to)) sum += value ** 2;
  return sum;
}
