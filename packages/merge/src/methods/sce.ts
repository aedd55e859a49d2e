import * as z from "zod";
import { remembering, rowBlocks, type DeltaRows } from "../entries/delta-rows.ts";
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
 * selected entries; Erase values against the elected sign. The mean of the rest by those shares.
 */
export const sce: EntryMethod<z.output<typeof sceOptions>> = {
  paper: "Wan et al. 2024, https://arxiv.org/abs/2408.07990",
  equation:
    "Σ cᵢ ΔWᵢ over entries of the elected sign / Σ cᵢ there, cᵢ ∝ mean(ΔWᵢ²) of the entries of largest variance (the authors' get_sce_mask, get_sce_weight, get_erase_mask)",
  deviation:
    "The shares are the method's own; the options' weights multiply the updates before anything else. A module that one adapter alone has is not selected from. No absolute thresholds, so that small updates merge as large ones do (mergekit: 1e-6).",
  on: () => "updates",
  entries:
    ({ density }) =>
    (deltas) => {
      const weighted = deltas.map((delta): DeltaRows => {
        const block = (from: number, to: number) => delta.block(from, to).map((value) => delta.weight * value);
        return remembering({ ...delta, weight: 1, block });
      });
      const selected = density < 1 && deltas.length > 1 ? select(weighted, density) : weighted;
      const squares = sumsOfSquares(selected);
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
  const { block: variance } = remembering({ ...deltas[0]!, block: (from, to) => varianceOf(deltas, from, to) });
  let varied = 0;
  for (const [from, to] of rowBlocks(size)) varied += variance(from, to).filter((value) => value > 0).length;
  const least = magnitudeThreshold({ ...size, block: variance }, Math.floor(density * varied));
  return deltas.map((delta) => ({
    ...delta,
    block: (from, to) => {
      const spread = variance(from, to);
      return delta.block(from, to).map((value, i) => (spread[i]! >= least ? value : 0));
    },
  }));
}

/** Of each entry, across the adapters. */
function varianceOf(deltas: readonly DeltaRows[], from: number, to: number): Float64Array {
  const blocks = deltas.map(({ block }) => block(from, to));
  const mean = new Float64Array(blocks[0]!.length);
  for (const values of blocks) for (let i = 0; i < mean.length; i++) mean[i]! += values[i]! / blocks.length;
  const variance = new Float64Array(mean.length);
  for (const values of blocks)
    for (let i = 0; i < mean.length; i++) variance[i]! += (values[i]! - mean[i]!) ** 2 / blocks.length;
  return variance;
}

function sumsOfSquares(deltas: readonly DeltaRows[]): number[] {
  const sums = deltas.map(() => 0);
  for (const [from, to] of rowBlocks(deltas[0]!)) {
    for (const [i, { block }] of deltas.entries()) for (const value of block(from, to)) sums[i]! += value ** 2;
  }
  return sums;
}
