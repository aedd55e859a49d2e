import { frobeniusNorm } from "@prefdelta/linalg";
import * as z from "zod";
import { coreDelta, innerProduct } from "../core-space.ts";
import { commonOptions, type SubspaceMethod } from "./merge-method.ts";

export const slerpOptions = z.strictObject({
  method: z.literal("slerp"),
  ...commonOptions,
  /** 0 is the first adapter, 1 the second. */
  t: z.number().min(0).max(1).default(0.5),
});

/** Vectors whose cosine is beyond this are as good as parallel (or opposite), and are interpolated on a line. */
const PARALLEL = 0.9995;

/**
 * Spherical interpolation of two updates as vectors: sin((1−t)θ)/sin θ · w₁ΔW₁ + sin(tθ)/sin θ · w₂ΔW₂, θ their angle. The vectors keep their
 * lengths, as in mergekit; only the angle is that of unit vectors.
 */
export const slerp: SubspaceMethod<z.output<typeof slerpOptions>> = {
  paper: "Shoemake 1985, https://doi.org/10.1145/325334.325242",
  equation:
    "sin((1−t)θ)/sin θ · w₁ΔW₁ + sin(tθ)/sin θ · w₂ΔW₂, cos θ = ⟨w₁ΔW₁, w₂ΔW₂⟩ / (‖w₁ΔW₁‖ ‖w₂ΔW₂‖) (mergekit's slerp)",
  deviation:
    "A zero update, or one that lacks the module, is interpolated with on a line (mergekit: as if at a right angle, or skipped).",
  adapters: 2,
  combiner:
    ({ t }) =>
    ({ sources, places }) => {
      const shares = [1 - t, t] as const;
      const updates = sources.map(coreDelta);
      const norms = updates.map((update, i) => Math.sign(sources[i]!.weight) * frobeniusNorm(update));
      const [first, second] = updates;
      const size = (norms[0] ?? 0) * (norms[1] ?? 0);
      const cosine = size === 0 ? 1 : innerProduct(first!, second!) / size;
      const theta = Math.acos(Math.max(-1, Math.min(1, cosine)));
      const coefficient = (share: number): number =>
        Math.abs(cosine) > PARALLEL ? share : Math.sin(share * theta) / Math.sin(theta);
      const scaled = sources.map((source, i) => {
        return { ...source, weight: source.weight * coefficient(shares[places[i]!]!) };
      });
      return { sources: scaled, consensus: null };
    },
};
