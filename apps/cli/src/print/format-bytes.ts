import bytes from "bytes";

/** `1.9 GB`, of 2³⁰ bytes each, as `--memory` takes it. */
export const formatBytes = (count: number): string =>
  bytes.format(count, { decimalPlaces: 1, fixedDecimals: true, unitSeparator: " " })!;

/** `1945MB`, of 2²⁰ bytes each, rounded up: what `--memory` would have to be. */
export const formatMegabytes = (count: number): string => `${Math.ceil(count / 2 ** 20)}MB`;
