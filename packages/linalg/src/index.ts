export { add, frobeniusNorm, scale, scaleColumns, subtract } from "./arithmetic.ts";
export { eigenSymmetric } from "./eigen-symmetric.ts";
export { LinalgError } from "./errors.ts";
export { columns, hcat, identity, matrix, transpose } from "./matrix.ts";
export { gram, multiply } from "./multiply.ts";
export { polar } from "./polar.ts";
export { principalAngles } from "./principal-angles.ts";
export { randomisedSvd } from "./randomised-svd.ts";
export { svd } from "./svd.ts";
export { thinQr } from "./thin-qr.ts";

export type { Eigen } from "./eigen-symmetric.ts";
export type { LinalgErrorCode } from "./errors.ts";
export type { Matrix } from "./matrix.ts";
export type { MultiplyOptions } from "./multiply.ts";
export type { RandomisedSvd, RandomisedSvdOptions } from "./randomised-svd.ts";
export type { Svd } from "./svd.ts";
export type { ThinQr } from "./thin-qr.ts";
