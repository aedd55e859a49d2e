import { columns, hcat, scaleColumns, svd } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { CoreSpace } from "../core-space.ts";

/** Directions whose share of the largest is below this are rounding: relative, so that small updates are kept as large ones are. */
export const NEGLIGIBLE = 1e-7;

/**
 * Left singular vectors of the updates side by side, [ΔW₁ … ΔW_k], or right ones of the updates on top of each other, in core coordinates.
 * They are those of [U₁S₁ … U_kS_k] (of [V₁S₁ … V_kS_k]), whatever factors B and A the adapters were stored in. p × ρ.
 */
export function sharedBasis({ sources }: Pick<CoreSpace, "sources">, side: "left" | "right"): Matrix {
  const { U, S } = svd(hcat(sources.map((source) => scaleColumns(side === "left" ? source.U : source.V, source.S))));
  return columns(U, 0, S.filter((value) => value > NEGLIGIBLE * S[0]!).length);
}
