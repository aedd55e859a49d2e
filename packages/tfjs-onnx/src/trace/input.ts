import type { IntegerForm } from "../integer-form.ts";
import type { Recorder } from "./recorder.ts";
import type { Shape } from "./shape.ts";
import { nodeSymbol, type TracedSymbol, widened } from "./symbol.ts";

/**
 * How a float32 input is kept in memory. It is widened inside the graph, next to its use; `int8` has one scale a row. `w8a8` is the same
 * integers, which stay integers in products with a matrix to their left: its rows are rounded to 8 bits, too (kernels/integer-product.ts).
 */
export type Storage = "f32" | "bf16" | "f16" | "int8" | "w8a8";

export interface InputSpec {
  readonly shape: Shape;
  readonly dtype?: "float32" | "int32" | "bool";
  readonly storage?: Storage;
  /** `w8a8`: in how many parts of 8 bits a matrix to its left is multiplied, x W, 1 if absent. 2 where x is a softmax, most of whose entries are small. */
  readonly parts?: 1 | 2;
  /** `w8a8`: as what the integers are fed, int8 if absent; as uint8, 128 stands for 0. See `integerForm`. */
  readonly integers?: IntegerForm;
}

/** The name under which an input's row scales (float32, [rows]) are fed, where it is stored as integers. */
export const scalesOf = (name: string): string => `${name}.scales`;
/** The name under which the same integers, turned round ([columns, rows]), are fed, where products are taken in integers. */
export const transposedOf = (name: string): string => `${name}.transposed`;
/** The name under which their products with a row of 128s (int32, [rows]) are fed, where int8 is multiplied by single rows. */
export const offsetsOf = (name: string): string => `${name}.offsets`;

const wordType = { f16: "float16", bf16: "bfloat16" } as const;

/** Declares the graph inputs of one tensor and returns its float32 (or int32, bool) symbol. */
export function declareInput(recorder: Recorder, name: string, spec: InputSpec): TracedSymbol {
  const { shape, dtype = "float32", storage = "f32", parts = 1, integers = "int8" } = spec;
  const result = { recorder, shape, dtype };
  switch (storage) {
    case "f32":
      return nodeSymbol(recorder.input({ name, dtype, shape }), result);
    case "f16":
    case "bf16": {
      const words = recorder.input({ name, dtype: "uint16", shape });
      return widened({ name: words, type: wordType[storage] }, result);
    }
    case "int8":
    case "w8a8": {
      const form = storage === "int8" ? "int8" : integers;
      const quantized = recorder.input({ name, dtype: form, shape });
      const scales = recorder.input({ name: scalesOf(name), dtype: "float32", shape: [shape[0]!] });
      const symbol = { kind: "quantized", ...result, dtype: "float32", name: quantized, scales, form } as const;
      if (storage === "int8") return symbol;
      const transposed = recorder.input({ name: transposedOf(name), dtype: form, shape: shape.toReversed() });
      const rows = shape[0]!;
      const offsets = form === "int8" ? recorder.input({ name: offsetsOf(name), dtype: "int32", shape: [rows] }) : null;
      return { ...symbol, multiplied: { transposed, offsets, parts } };
    }
  }
}
