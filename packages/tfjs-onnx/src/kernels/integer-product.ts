import type { IntegerForm } from "../integer-form.ts";
import type { Recorder } from "../trace/recorder.ts";
import type { Shape } from "../trace/shape.ts";
import {
  integersAsFloats,
  materialized,
  middle,
  type NodeSymbol,
  nodeSymbol,
  type QuantizedSymbol,
  type TracedSymbol,
} from "../trace/symbol.ts";

/** A matrix of 8-bit integers that is multiplied as it is. */
type Multiplied = QuantizedSymbol & { readonly multiplied: NonNullable<QuantizedSymbol["multiplied"]> };

/** Columns of x that are multiplied in float32: those with the largest entries. */
const OUTLIERS = 16;
const outliersOf = (terms: number): number => Math.min(OUTLIERS, terms);

/** Products are summed in 32 bits: so many levels on either side of 0 cannot overflow them over `terms` terms. */
export const levelsFor = (terms: number): number => Math.min(127, Math.floor((2 ** 31 - 1) / (127 * terms)));

const scalar = (recorder: Recorder, value: number): string => recorder.constant("float32", [], Float32Array.of(value));

interface Rounded {
  /** Entries in steps of their rows, as uint8 around 128: [m, k]. */
  readonly integers: string;
  /** [m, 1] */
  readonly steps: string;
  readonly shape: readonly [number, number];
}

/** A block as long as a row: ONNX Runtime rounds blocks on all threads, and a step for each place of an axis on one. */
function quantizeRows(recorder: Recorder, x: string, { steps, shape }: Omit<Rounded, "integers">): Rounded {
  const [rows, terms] = shape;
  const inputs = [x, steps, middle(recorder, [rows, 1])];
  const attributes = { axis: 1, block_size: terms };
  return { integers: recorder.emit("QuantizeLinear", inputs, { attributes }), steps, shape };
}

/** Rows rounded in steps of max|row| / levels. Two reductions that only read take half as long as writing |x| and reading it. */
function roundRows(recorder: Recorder, x: string, shape: Rounded["shape"]): Rounded {
  const extreme = (op: "ReduceMax" | "ReduceMin"): string => recorder.emit(op, [x, recorder.int64s([1])]);
  // A row of zeros has a step, too.
  const sizes = [extreme("ReduceMax"), recorder.emit("Neg", [extreme("ReduceMin")]), scalar(recorder, 1e-30)];
  const steps = recorder.emit("Mul", [recorder.emit("Max", sizes), scalar(recorder, 1 / levelsFor(shape[1]))]);
  return quantizeRows(recorder, x, { steps, shape });
}

/** What the rounding left of x, at most half a step, rounded in steps that are `levels` times finer than that. */
function roundRemainder(recorder: Recorder, x: string, { integers, steps, shape }: Rounded): Rounded {
  // Widening in blocks is three times as slow.
  const wide = recorder.emit("DequantizeLinear", [integers, scalar(recorder, 1), middle(recorder)]);
  const near = recorder.emit("Mul", [wide, steps]);
  const finer = recorder.emit("Mul", [steps, scalar(recorder, 1 / (2 * levelsFor(shape[1])))]);
  return quantizeRows(recorder, recorder.emit("Sub", [x, near]), { steps: finer, shape });
}

interface Factor {
  /** [k, n] */
  readonly integers: string;
  readonly form: IntegerForm;
  /** Of its columns, [n], or of all of them. */
  readonly scales: string;
}

/** Rounded rows times integers, summed as int32, as float32: [m, n]. */
function multiply(recorder: Recorder, { integers, steps }: Rounded, by: Factor & { readonly shape: Shape }): string {
  const zero = by.form === "uint8" ? [middle(recorder)] : [];
  const inputs = [integers, by.integers, scalar(recorder, 1), by.scales, middle(recorder), ...zero];
  const product = recorder.emit("MatMulIntegerToFloat", inputs, { domain: "com.microsoft" });
  return recorder.emit("Mul", [product, steps], { shape: by.shape });
}

interface Outliers {
  /** Their columns of x: [m, n]. */
  readonly columns: string;
  /** Which they are: int64 [n]. */
  readonly places: string;
  /** x with zeros in their place. */
  readonly rest: string;
}

/** Rows that are asked which columns have the largest entries: they are the same ones in most rows, and reducing all of them is as slow as a product. */
const SAMPLED_ROWS = 64;

/** Takes the columns with the largest entries out of x, so that the steps of the rest are fine. */
function splitOutliers(recorder: Recorder, x: string, [rows, terms]: readonly [number, number]): Outliers {
  const count = outliersOf(terms);
  const stride = Math.ceil(rows / SAMPLED_ROWS);
  const slice = [[0], [rows], [0], [stride]].map((values) => recorder.int64s(values));
  const sample = stride === 1 ? x : recorder.emit("Slice", [x, ...slice]);
  const largest = recorder.emit("ReduceMax", [recorder.emit("Abs", [sample]), recorder.int64s([0])], {
    attributes: { keepdims: 0 },
  });
  const [, places] = recorder.emitMany("TopK", [largest, recorder.int64s([count])], { outputs: 2 }) as [string, string];
  const filled = (value: number, length: number): string =>
    recorder.emit("Expand", [scalar(recorder, value), recorder.int64s([length])]);
  const kept = recorder.emit("ScatterElements", [filled(1, terms), places, filled(0, count)]);
  return {
    columns: recorder.emit("Gather", [x, places], { attributes: { axis: 1 }, shape: [rows, count] }),
    places,
    rest: recorder.emit("Mul", [x, kept]),
  };
}

/** x times the columns' own integers in float32. They are scaled where that is less: before the product, or after it. */
function timesColumns(recorder: Recorder, x: string, by: Factor & { readonly shape: Shape }): string {
  const [rows, columns] = by.shape as [number, number];
  const count = recorder.values.get(x)!.shape[1]!;
  const scaled = (values: string, shape: Shape): string => recorder.emit("Mul", [values, by.scales], { shape });
  const multiplied = (factor: string): string =>
    recorder.emit("FusedMatMul", [x, factor], { domain: "com.microsoft", shape: by.shape });
  const wide = integersAsFloats(recorder, by.integers, { form: by.form, shape: [count, columns] });
  return rows < count ? scaled(multiplied(wide), by.shape) : multiplied(scaled(wide, [count, columns]));
}

/**
 * x Wᵀ for integers W: x [m, k], W [n, k] → [m, n]. It is LLM.int8() (Dettmers et al. 2022, https://arxiv.org/abs/2208.07339, §3): rows of x are
 * rounded to 8 bits, but for a few columns with the largest entries, which are multiplied in float32. Theirs are the columns with an entry
 * beyond 6; here their number is fixed, since shapes are.
 */
function timesTransposed(
  x: TracedSymbol,
  { recorder, shape, multiplied: { transposed }, scales, form }: Multiplied,
): NodeSymbol {
  const [rows, terms] = x.shape as [number, number];
  const out: Shape = [rows, shape[0]!];
  const { columns, places, rest } = splitOutliers(recorder, materialized(x), [rows, terms]);
  const rounded = roundRows(recorder, rest, [rows, terms]);
  const product = multiply(recorder, rounded, { integers: transposed, scales, form, shape: out });
  const exact = timesColumns(recorder, columns, {
    integers: recorder.emit("Gather", [transposed, places]),
    scales,
    form,
    shape: out,
  });
  return nodeSymbol(recorder.emit("Add", [product, exact]), { recorder, shape: out, dtype: "float32" });
}

/** Products of uint8 and int8 that do not overflow 32 bits. */
const MOST_TERMS = Math.floor((2 ** 31 - 1) / (255 * 127));

/**
 * x Wᵀ of a single row, [1, k] → [1, n]: the same numbers. A matrix is packed before it is multiplied, which takes longer than a row's product
 * with it; for a row of uint8 without a zero point and sums as int32 ONNX Runtime has a kernel that reads it as it lies. So what 128 in every
 * place gives is taken away afterwards.
 *
 * There are thousands of nodes in a step that decodes, each of some microseconds, so there are few here. One sorting gives the outliers and, as
 * one more of them, the largest of the rest: it is `levels` steps, so that rounding would not change it. A row of zeros has a step of 0, which
 * makes any integers zeros again.
 */
function rowTimesTransposed(
  x: TracedSymbol,
  { recorder, shape, multiplied: { transposed }, scales, form, offsets }: Multiplied & { readonly offsets: string },
): NodeSymbol {
  const [terms, outs] = [x.shape[1]!, shape[0]!];
  const row = materialized(x);
  const flat = recorder.reshape(row, [terms]);
  const count = OUTLIERS + 1;
  const sorted = [recorder.emit("Abs", [flat]), recorder.int64s([count])];
  const [sizes, places] = recorder.emitMany("TopK", sorted, { outputs: 2 }) as [string, string];
  const columns = recorder.emit("Gather", [row, places], { attributes: { axis: 1 }, shape: [1, count] });
  const zeros = recorder.constant("float32", [count], new Float32Array(count));
  const rest = recorder.emit("ScatterElements", [flat, places, zeros]);

  const last = recorder.constant("int64", [], BigInt64Array.of(BigInt(OUTLIERS)));
  const step = recorder.emit("Mul", [recorder.emit("Gather", [sizes, last]), scalar(recorder, 1 / levelsFor(terms))]);
  const integers = recorder.emit("QuantizeLinear", [rest, step, middle(recorder)]);

  const product = recorder.emit("Sub", [recorder.emit("MatMulInteger", [integers, transposed]), offsets]);
  const rounded = recorder.emit("DequantizeLinear", [product, step]);
  const gathered = recorder.emit("Gather", [transposed, places]);
  const own = integersAsFloats(recorder, gathered, { form, shape: [count, outs] });
  const out: Shape = [1, outs];
  const sum = recorder.emit("Gemm", [columns, own, rounded], { shape: out });
  const result = recorder.emit("Mul", [sum, scales], { shape: out });
  return nodeSymbol(result, { recorder, shape: out, dtype: "float32" });
}

/**
 * x W for integers W, as gradients need it: x [m, n], W [n, k] → [m, k]. The scales of W's rows go into x before its rows are rounded. In two
 * parts, what the first rounding left is rounded once more, in finer steps, and multiplied, too.
 */
function times(
  x: TracedSymbol,
  { recorder, shape, multiplied: { parts }, name, scales, form }: Multiplied,
): NodeSymbol {
  const [rows, terms] = x.shape as [number, number];
  const out: Shape = [rows, shape[1]!];
  const by = { integers: name, scales: scalar(recorder, 1), form, shape: out };
  const scaled = recorder.emit("Mul", [materialized(x), scales]);
  const rounded = roundRows(recorder, scaled, [rows, terms]);
  let product = multiply(recorder, rounded, by);
  if (parts === 2) {
    const rest = multiply(recorder, roundRemainder(recorder, scaled, rounded), by);
    product = recorder.emit("Add", [product, rest]);
  }
  return nodeSymbol(product, { recorder, shape: out, dtype: "float32" });
}

/**
 * x Wᵀ or x W with W as it is stored, in 8-bit integers. ONNX Runtime's integer products are three to four times as fast as float32's on
 * processors with VNNI.
 */
export function integerProduct(x: TracedSymbol, weight: Multiplied, transposeW: boolean): NodeSymbol {
  if (!transposeW) return times(x, weight);
  const [rows, terms] = x.shape as [number, number];
  const { offsets } = weight.multiplied;
  const isRow = rows === 1 && terms > OUTLIERS && terms <= MOST_TERMS;
  return isRow && offsets !== null ? rowTimesTransposed(x, { ...weight, offsets }) : timesTransposed(x, weight);
}
