import { expect, test } from "vitest";

import { formatBytes, formatMegabytes } from "./format-bytes.ts";

test.each([
  [0, "0.0 B"],
  [1536, "1.5 KB"],
  [2 ** 30, "1.0 GB"],
  [22.87 * 2 ** 30, "22.9 GB"],
  [2 ** 40, "1.0 TB"],
])("%d bytes: %s", (count, text) => expect(formatBytes(count)).toBe(text));

test.each([
  [0, "0MB"],
  [1, "1MB"],
  [700 * 2 ** 20, "700MB"],
  [700 * 2 ** 20 + 1, "701MB"],
])("%d bytes, rounded up: %s", (count, text) => expect(formatMegabytes(count)).toBe(text));
