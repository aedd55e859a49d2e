import { columns, explicitBasis, hcat, matrix, multiply, scaleColumns, thinQr } from "@prefdelta/linalg";
import type { Basis, Matrix, Numbers } from "@prefdelta/linalg";
import type { ThinSvd } from "@prefdelta/lora";

/** One adapter's update of a module, ΔW = U diag(S) Vᵀ, and what it counts in the sum. U and V have orthonormal columns. */
export interface Source extends ThinSvd {
  readonly weight: number;
}

/**
 * All updates of a module in coordinates that they share: U is `left` · Uᵢ with an orthonormal `left` (out × p), V is `right` · Vᵢ
 * (in × q). With K the sum of the ranks, p and q are at most K, so whatever a method does costs O(K³) and loses nothing. The bases
 * themselves need not exist as matrices.
 */
export interface CoreSpace {
  readonly left: Basis;
  readonly right: Basis;
  /** Places of the sources among all adapters. */
  readonly places: readonly number[];
  /** U is p × rank, V is q × rank. */
  readonly sources: readonly Source[];
  /** The updates by their stored factors, ΔWᵢ = left · B · A, where they have some: B is p × rank with the scale in it, A is rank × in. */
  readonly factors?: readonly { readonly B: Matrix; readonly A: Numbers }[];
  /** The updates in two parts, where their A₀ are known. */
  readonly splits?: readonly SplitUpdate[];
}

/** ΔW = s B A₀ + s B (A − A₀), in core coordinates. */
interface SplitUpdate {
  /** What a LoRA makes of the A₀ that it started from. */
  readonly start: ThinSvd;
  /** What the move of A away from A₀ adds; of no rank where A stayed. */
  readonly drift: ThinSvd;
}

/** O((out + in) K²) */
export function coreSpace(sources: readonly Source[], places = sources.map((_, i) => i)): CoreSpace {
  const left = thinQr(hcat(sources.map(({ U }) => U)));
  const right = thinQr(hcat(sources.map(({ V }) => V)));
  let offset = 0;
  const inCore = sources.map(({ weight, S }) => {
    const [from, to] = [offset, (offset += S.length)];
    return { weight, U: columns(left.R, from, to), S, V: columns(right.R, from, to) };
  });
  return { left: explicitBasis(left.Q), right: explicitBasis(right.Q), places, sources: inCore };
}

/** ΔW in core coordinates, p × q, without the weight. */
export const coreDelta = ({ U, S, V }: Source): Matrix => multiply(scaleColumns(U, S), V, { transB: true });

/** Σ weightᵢ ΔWᵢ in core coordinates, p × q. */
export const weightedSum = ({ left, right }: CoreSpace, sources: readonly Source[]): Matrix =>
  combination({ rows: left.cols, cols: right.cols }, sources, (source) => [source.weight, coreDelta(source)]);

/** Σ cᵢ Aᵢ of terms [cᵢ, Aᵢ] that are formed one after the other. */
export function combination<Item>(
  { rows, cols }: Pick<Matrix, "rows" | "cols">,
  items: readonly Item[],
  term: (item: Item) => readonly [coefficient: number, A: Matrix],
): Matrix {
  const sum = matrix(rows, cols);
  for (const item of items) {
    const [coefficient, { data }] = term(item);
    for (let i = 0; i < sum.data.length; i++) sum.data[i]! += coefficient * data[i]!;
  }
  return sum;
}

/** Σ aᵢⱼ bᵢⱼ; of matrices in core coordinates, the inner product of what they stand for. */
export function innerProduct(A: Matrix, B: Matrix): number {
  let sum = 0;
  for (let i = 0; i < A.data.length; i++) sum += A.data[i]! * B.data[i]!;
  return sum;
}
