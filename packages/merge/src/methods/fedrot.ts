import { add, columns, hcat, identity, matrix, multiply, polar, scale, svd } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as z from "zod";
import { commonOptions, type FactorMethod, type Factors } from "./merge-method.ts";

export const fedrotOptions = z.strictObject({
  method: z.literal("fedrot"),
  ...commonOptions,
  /** The factor that is brought near the reference's; the other is turned along. */
  side: z.enum(["A", "B"]).default("A"),
  /** Place of the reference among the adapters, from 0; in a module that it lacks, the first that has it. */
  reference: z.int().min(0).default(0),
  /** The paper's λ: how much of the rotation is done. */
  rotation: z.number().min(0).max(1).default(1),
});

/**
 * FedRot-LoRA's aggregation: Rᵢ is the rotation that brings Rᵢᵀ Aᵢ nearest to the reference's A (Bᵢ Rᵢ to its B), of which the share λ is
 * kept, as the orthogonal matrix nearest to (1 − λ) I + λ Rᵢ. (Bᵢ Rᵢ)(Rᵢᵀ Aᵢ) is still ΔWᵢ; the turned factors are averaged by the weights'
 * shares and multiplied, times Σ |wᵢ|. So with cross terms BᵢAⱼ.
 */
export const fedrot: FactorMethod<z.output<typeof fedrotOptions>> = {
  reference: "https://arxiv.org/abs/2602.23638 (the alignment and aggregation of one round)",
  deviation:
    "The reference is one of the adapters (the authors: the last round's global factors, which a merge does not have); a negative weight takes the opposite update; scales go to B.",
  oneRank: true,
  fullRank: (_, ranks) => ranks[0]!,
  factors:
    ({ side, reference, rotation }) =>
    (parts) => {
      const fixed = parts.find(({ index }) => index === reference) ?? parts[0]!;
      const total = parts.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
      let [A, B] = [matrix(fixed.A.rows, fixed.A.cols), matrix(fixed.B.rows, fixed.B.cols)];
      for (const part of parts) {
        const share = total === 0 ? 0 : Math.abs(part.weight) / total;
        const R = softened(towards(part, fixed, side), rotation);
        A = add(A, scale(multiply(R, part.A, { transA: true }), share));
        B = add(B, scale(multiply(part.B, R), Math.sign(part.weight) * part.scale * share));
      }
      return { A, B: scale(B, total) };
    },
};

/** The rotation R, det R = 1, with Rᵀ A nearest to the reference's A, or B R to its B. */
function towards(part: Factors, reference: Factors, side: "A" | "B"): Matrix {
  const M =
    side === "A" ? multiply(part.A, reference.A, { transB: true }) : multiply(part.B, reference.B, { transA: true });
  const { U, V } = svd(M);
  const R = multiply(U, V, { transB: true });
  if (determinantSign(R) > 0) return R;
  const last = V.cols - 1;
  return multiply(U, hcat([columns(V, 0, last), scale(columns(V, last, V.cols), -1)]), { transB: true });
}

const softened = (R: Matrix, share: number): Matrix =>
  share === 1 ? R : polar(add(scale(identity(R.rows), 1 - share), scale(R, share)));

/** By elimination with pivots. */
function determinantSign({ rows: n, data }: Matrix): number {
  const a = Float64Array.from(data);
  let sign = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    if (pivot !== k) {
      sign = -sign;
      for (let j = k; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [a[pivot * n + j]!, a[k * n + j]!];
    }
    sign *= Math.sign(a[k * n + k]!);
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / a[k * n + k]!;
      for (let j = k; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
    }
  }
  return sign;
}
