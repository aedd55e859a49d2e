import { add, matrix, scale, scaleColumns } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as z from "zod";
import { collectRows, matrixRows } from "../entries/delta-rows.ts";
import { trim } from "../entries/sparsify.ts";
import { padFactors } from "../pad-factors.ts";
import { commonOptions, type FactorMethod } from "./merge-method.ts";

export const robustmergeOptions = z.strictObject({
  method: z.literal("robustmerge"),
  ...commonOptions,
  /** Share of each adapter's own factors' entries that are kept, the largest. */
  density: z.number().gt(0).max(1).default(0.1),
});

/**
 * RobustMerge: the small entries of A and of B are pruned; what pruning took from row j of Aᵢ is made up for by Sᵢⱼ = ‖aᵢⱼ‖₁ / ‖ãᵢⱼ‖₁,
 * normalised over the adapters, Sᵢⱼ / Σᵢ Sᵢⱼ, which multiplies column j of B̃ᵢ; and the factors are summed, each by itself.
 *
 * Adapters of lower rank are filled up with zeros to the largest after pruning, so that `density` is a share of what an adapter has. A row of
 * zeros has no share: a row of A that one adapter alone has counts whole.
 */
export const robustmerge: FactorMethod<z.output<typeof robustmergeOptions>> = {
  paper: "Zeng et al. 2025, https://arxiv.org/abs/2502.17159",
  equation:
    "ΔW = (Σ wᵢsᵢ B̃ᵢ diag(Sᵢ / Σ Sᵢ)) (Σ Ãᵢ), Sᵢⱼ = ‖aᵢⱼ‖₁ / ‖ãᵢⱼ‖₁ (pruning, complementary scaling, cross-task normalisation; robustmerge of https://github.com/ZhengbaoHe/compress-then-merge)",
  deviation:
    "A row of A that is pruned to nothing has no share (there: nearly all of it, by a division by almost zero); weights and scales multiply B; entries as large as the smallest kept one stay with it; adapters of several ranks merge, filled up with zeros after pruning.",
  fullRank: (_, ranks) => Math.max(...ranks),
  factors:
    ({ density }) =>
    (given) => {
      const parts = padFactors(given);
      const pruned = padFactors(
        given.map((part) => ({
          ...part,
          A: prune(part.A, density),
          B: scale(prune(part.B, density), part.weight * part.scale),
        })),
      );
      const lost = parts.map(({ A }, i) => {
        const [before, after] = [rowSums(A), rowSums(pruned[i]!.A)];
        return before.map((sum, j) => (after[j] === 0 ? 0 : sum / after[j]!));
      });
      const totals = lost[0]!.map((_, j) => lost.reduce((sum, own) => sum + own[j]!, 0));
      const { A, B } = pruned[0]!;
      return pruned.reduce(
        (sum, one, i) => {
          const shares = lost[i]!.map((own, j) => (totals[j] === 0 ? 0 : own / totals[j]!));
          return { A: add(sum.A, one.A), B: add(sum.B, scaleColumns(one.B, shares)) };
        },
        { A: matrix(A.rows, A.cols), B: matrix(B.rows, B.cols) },
      );
    },
};

function prune(factor: Matrix, density: number): Matrix {
  const { block } = trim(matrixRows(factor, { weight: 1, index: 0 }), density);
  return collectRows(block, factor);
}

/** ‖·‖₁ of every row. */
const rowSums = ({ rows, cols, data }: Matrix): number[] =>
  Array.from({ length: rows }, (_, j) =>
    data.subarray(j * cols, (j + 1) * cols).reduce((sum, value) => sum + Math.abs(value), 0),
  );
