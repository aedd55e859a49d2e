import { describeJson } from "./describe-json.ts";
import { SafetensorsError } from "./errors.ts";
import { parseJson } from "./parse-json.ts";

/**
 * Parses a `model.safetensors.index.json`: which shard holds which tensor.
 *
 * @returns tensor name → file name, in the index's order
 * @throws SafetensorsError E_INDEX, E_DUPLICATE_KEY
 */
export function parseCheckpointIndex(text: string, file: string): Map<string, string> {
  const root = parseJson(text, ({ kind, message }) => {
    throw new SafetensorsError(kind === "duplicate" ? "E_DUPLICATE_KEY" : "E_INDEX", message, { file });
  });
  const map = root instanceof Map ? root.get("weight_map") : undefined;
  if (!(map instanceof Map)) {
    throw new SafetensorsError(
      "E_INDEX",
      `weight_map: expected an object of tensor → file, found ${describeJson(map)}`,
      { file },
    );
  }
  for (const [tensor, shard] of map) {
    // A plain name in the same folder: an index must not reach other files.
    if (typeof shard === "string" && /^[^/\\]+$/.test(shard) && shard !== "." && shard !== "..") continue;
    throw new SafetensorsError(
      "E_INDEX",
      `expected the name of a file in the same folder, found ${describeJson(shard)}`,
      {
        file,
        tensor,
      },
    );
  }
  return map as Map<string, string>;
}
