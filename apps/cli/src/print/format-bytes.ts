import bytes from "bytes";

/** `1.9 GB`, of 2³⁰ bytes each, as `--memory` takes it. */
export const formatBytes = (count: number): string =>
  bytes.format(count, { decimalPlaces: 1, fixedDecimals: true, unitSeparator: " " })!;
