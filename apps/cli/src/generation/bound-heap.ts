import { setFlagsFromString } from "node:v8";

/**
 * Where there is memory, V8 lets its heap grow: rows that come and go would leave some 200 MB of garbage lying about. From here on new objects have the
 * room that they have by now, and a full collection comes after each fifth of growth.
 */
export function boundHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=20");
}
