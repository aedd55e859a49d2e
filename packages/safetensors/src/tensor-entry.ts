import { byteLength } from "./byte-length.ts";
import { dtypes, isDtype } from "./dtype.ts";
import type { Dtype } from "./dtype.ts";
import { SafetensorsError } from "./errors.ts";
import type { Place } from "./errors.ts";
import { describeJson } from "./describe-json.ts";
import type { Json } from "./parse-json.ts";

/** A tensor's place in a file. */
export interface TensorEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly begin: number;
  /** One past the last byte, counted from the start of the file. */
  readonly end: number;
}

/**
 * Reads one tensor's description. Unknown keys are passed over, as the Rust crate does.
 *
 * @param json the header's value under the tensor's name
 * @param dataStart position in the file that `data_offsets` count from
 * @throws SafetensorsError E_TENSOR_INFO, E_DTYPE, E_OFFSETS, E_OVERFLOW, E_BITS, E_SIZE
 */
export function readTensorEntry(json: Json, dataStart: number, place: Place): TensorEntry {
  if (!(json instanceof Map))
    return fail(`expected an object with dtype, shape and data_offsets, found ${describeJson(json)}`);
  const info = json;
  const dtype = info.get("dtype");
  if (!isDtype(dtype)) {
    const what = `dtype: expected one of ${dtypes.join(" ")}, found ${describeJson(dtype)}`;
    throw new SafetensorsError(typeof dtype === "string" ? "E_DTYPE" : "E_TENSOR_INFO", what, place);
  }
  const shape = integers("shape");
  const offsets = integers("data_offsets");
  const [from, to] = offsets;
  if (from === undefined || to === undefined || offsets.length !== 2) {
    return fail(`data_offsets: expected [begin, end], found ${offsets.length} numbers`);
  }
  if (to < from) {
    throw new SafetensorsError("E_OFFSETS", `data_offsets: expected begin ≤ end, found [${from}, ${to}]`, place);
  }
  const bytes = byteLength(dtype, shape, place);
  if (to - from !== bytes) {
    const what = `expected ${bytes} bytes (shape [${shape.join(",")}] × ${dtype}), found ${to - from} (data_offsets [${from}, ${to}])`;
    throw new SafetensorsError("E_SIZE", what, place);
  }
  return { dtype, shape, begin: dataStart + from, end: dataStart + to };

  function integers(key: string): number[] {
    const list = info.get(key);
    if (!Array.isArray(list)) return fail(`${key}: expected a list of integers, found ${describeJson(list)}`);
    return list.map((item) => {
      if (typeof item !== "bigint" || item < 0n)
        return fail(`${key}: expected integers ≥ 0, found ${describeJson(item)}`);
      if (item <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(item);
      throw new SafetensorsError("E_OVERFLOW", `${key}: expected integers below 2^53, found ${item}`, place);
    });
  }

  function fail(what: string): never {
    throw new SafetensorsError("E_TENSOR_INFO", what, place);
  }
}
