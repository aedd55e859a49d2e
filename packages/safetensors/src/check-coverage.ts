import { SafetensorsError } from "./errors.ts";
import type { TensorEntry } from "./tensor-entry.ts";

/**
 * Tensors must tile the data: each begins where the one before ends, and the last ends with the file. Bytes that
 * belong to no tensor, or to two, are how one file is made to mean different things to different readers.
 *
 * @param entries sorted by begin, then end
 * @throws SafetensorsError E_HOLE, E_OVERLAP, E_TRUNCATED, E_TRAILING_BYTES
 */
export function checkCoverage(
  entries: readonly (readonly [string, TensorEntry])[],
  { dataStart, fileBytes, file }: { dataStart: number; fileBytes: number; file?: string | undefined },
): void {
  let end = dataStart;
  let previous: string | undefined;
  for (const [tensor, entry] of entries) {
    if (entry.begin !== end) {
      const code = entry.begin > end ? "E_HOLE" : "E_OVERLAP";
      const after = previous === undefined ? "the header" : JSON.stringify(previous);
      const what = `expected to begin at byte ${end - dataStart} of the data, where ${after} ends, found ${entry.begin - dataStart}`;
      throw new SafetensorsError(code, what, { file, tensor });
    }
    end = entry.end;
    previous = tensor;
  }
  if (fileBytes !== end) {
    const code = fileBytes < end ? "E_TRUNCATED" : "E_TRAILING_BYTES";
    const what = `expected ${end} bytes (8 + a header of ${dataStart - 8} + ${end - dataStart} of data), found ${fileBytes}`;
    throw new SafetensorsError(code, what, { file });
  }
}
