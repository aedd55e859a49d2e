import { columns, hcat, implicitQr, matrix, subtract, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import { productSvd } from "@prefdelta/lora";
import type { ThinSvd } from "@prefdelta/lora";
import type { CoreSpace } from "./core-space.ts";
import type { ModuleSource } from "./gather-modules.ts";

/** Parts up to this share of their update's size are the rounding of float32 factors. */
const ROUNDING = 1e-7;

/**
 * `spaceOf` for sources whose A₀ is known: the right basis spans every A and every A₀. An A₀ that several share, as the same array, is
 * taken once. O((out + in) (2K)²)
 */
export function splitSpaceOf(
  sources: readonly (Pick<ModuleSource, "module" | "weight" | "index"> & { readonly start: Float32Array })[],
): CoreSpace {
  const written = sources.map(({ module: { B, outFeatures, rank } }) => matrix(outFeatures, rank, B));
  const starts = [...new Set(sources.map(({ start }) => start))];
  const arrays = [...sources.map(({ module }) => module.A), ...starts];
  const { inFeatures } = sources[0]!.module;
  const read = arrays.map((A) => transpose(matrix(A.length / inFeatures, inFeatures, A)));
  const [left, right] = [implicitQr(hcat(written)), implicitQr(hcat(read))];
  const [B, A] = [blocks(left.R, written), blocks(right.R, read)];
  const parts = sources.map(({ module: { scale }, start, weight }, i) => {
    const start0 = A[sources.length + starts.indexOf(start)]!;
    const whole = productSvd(B[i]!, A[i]!, { scale, tolerance: ROUNDING });
    const part = (of: Matrix): ThinSvd => beside(whole.S[0] ?? 0, productSvd(B[i]!, of, { scale, tolerance: 0 }));
    return { source: { ...whole, weight }, split: { start: part(start0), drift: part(subtract(A[i]!, start0)) } };
  });
  return {
    left: left.Q,
    right: right.Q,
    places: sources.map(({ index }) => index),
    sources: parts.map(({ source }) => source),
    splits: parts.map(({ split }) => split),
  };
}

/** The columns of R that belong to each block. */
function blocks(R: Matrix, of: readonly Matrix[]): Matrix[] {
  let offset = 0;
  return of.map(({ cols }) => columns(R, offset, (offset += cols)));
}

/** Without the terms that are rounding beside an update of that size. */
function beside(size: number, { U, S, V }: ThinSvd): ThinSvd {
  const count = S.filter((value) => value > ROUNDING * size).length;
  return { U: columns(U, 0, count), S: S.slice(0, count), V: columns(V, 0, count) };
}
