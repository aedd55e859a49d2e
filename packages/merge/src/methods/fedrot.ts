import { add, identity, matrix, multiply, scale } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import * as z from "zod";
import { padFactors } from "../pad-factors.ts";
import { nearestRotation } from "../subspace/nearest-rotation.ts";
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
 *
 * Adapters of lower rank are filled up with zeros to the largest, which changes no update. Rᵢ then turns a part among directions of zeros too:
 * what the reference has nothing to show for is turned as little as can be, and with a direction of zeros to spare a mirror image is a rotation.
 */
export const fedrot: FactorMethod<z.output<typeof fedrotOptions>> = {
  paper: "Zhang et al. 2026, https://arxiv.org/abs/2602.23638",
  equation:
    "Rᵢ = argmin ‖RᵀAᵢ − A_ref‖, det R = 1; ΔW = Σ |wᵢ| · (Σ ωᵢ Bᵢ Rᵢ)(Σ ωᵢ Rᵢᵀ Aᵢ) (the authors' rotation_alignment, rotation_alignment_soft)",
  deviation:
    "The reference is one of the adapters (the authors: the last round's global factors, which a merge does not have); a negative weight takes the opposite update; scales go to B; adapters of several ranks merge, filled up with zeros.",
  fullRank: (_, ranks) => Math.max(...ranks),
  factors:
    ({ side, reference, rotation }) =>
    (given) => {
      const parts = padFactors(given);
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

/** Rᵀ A is nearest to the reference's A, or B R to its B. */
const towards = (part: Factors, reference: Factors, side: "A" | "B"): Matrix =>
  nearestRotation(
    side === "A" ? multiply(part.A, reference.A, { transB: true }) : multiply(part.B, reference.B, { transA: true }),
  );

/** Of half a turn by 180°, which is nothing, none is left. */
const softened = (R: Matrix, share: number): Matrix =>
  share === 1 ? R : nearestRotation(add(scale(identity(R.rows), 1 - share), scale(R, share)));
