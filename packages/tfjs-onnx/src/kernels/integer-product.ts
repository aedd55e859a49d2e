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

/** x in steps of `step`, as uint8 around 128. */
const round = (recorder: Recorder, x: string, step: number): string =>
  recorder.emit("QuantizeLinear", [x, scalar(recorder, step), middle(recorder)]);

/** What `round` with a step of 1 left of x. */
const remainder = (recorder: Recorder, x: string, rounded: string): string =>
  recorder.emit("Sub", [x, recorder.emit("DequantizeLinear", [rounded, scalar(recorder, 1), middle(recorder)])]);

/** Of what is at most so large; what is all zeros has a step, too. */
const stepFor = (recorder: Recorder, largest: string, levels: number): string =>
  recorder.emit("Mul", [recorder.emit("Max", [largest, scalar(recorder, 1e-30)]), scalar(recorder, 1 / levels)]);

interface Normalized {
  /** Rows divided by their steps: [m, k], within ±levels. */
  readonly rows: string;
  /** max|row| / levels: [m, 1] */
  readonly step: string;
}

function normalizeRows(recorder: Recorder, x: string, levels: number): Normalized {
  const largest = recorder.emit("ReduceMax", [recorder.emit("Abs", [x]), recorder.int64s([1])]);
  const step = stepFor(recorder, largest, levels);
  return { rows: recorder.emit("Mul", [x, recorder.emit("Reciprocal", [step])]), step };
}

interface Factor {
  /** [k, n] */
  readonly integers: string;
  readonly form: IntegerForm;
  /** Of its columns, [n], or of all of them. */
  readonly scales: string;
}

/** Integers times integers, summed as int32, as float32. */
const multiply = (recorder: Recorder, x: { readonly integers: string; readonly step: number }, by: Factor): string =>
  recorder.emit(
    "MatMulIntegerToFloat",
    [
      ...[x.integers, by.integers, scalar(recorder, x.step), by.scales, middle(recorder)],
      ...(by.form === "uint8" ? [middle(recorder)] : []),
    ],
    { domain: "com.microsoft" },
  );

interface Outliers {
  /** Their columns of x: [m, n]. */
  readonly columns: string;
  /** Which they are: int64 [n]. */
  readonly places: string;
  /** x with zeros in their place. */
  readonly rest: string;
}

/** Takes the columns with the largest entries out of x, so that the steps of the rest are fine. */
function splitOutliers(recorder: Recorder, x: string, [rows, terms]: readonly [number, number]): Outliers {
  const count = outliersOf(terms);
  const largest = recorder.emit("ReduceMax", [recorder.emit("Abs", [x]), recorder.int64s([0])], {
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
  const normalized = normalizeRows(recorder, rest, levelsFor(terms));
  const integers = round(recorder, normalized.rows, 1);
  const product = multiply(recorder, { integers, step: 1 }, { integers: transposed, scales, form });
  const rounded = recorder.emit("Mul", [product, normalized.step], { shape: out });
  const exact = timesColumns(recorder, columns, {
    integers: recorder.emit("Gather", [transposed, places]),
    scales,
    form,
    shape: out,
  });
  return nodeSymbol(recorder.emit("Add", [rounded, exact]), { recorder, shape: out, dtype: "float32" });
}

/** Products of uint8 and int8 that do not overflow 32 bits. */
const MOST_TERMS = Math.floor((2 ** 31 - 1) / (255 * 127));

/**
 * x Wᵀ of a single row, [1, k] → [1, n]: the same numbers. A matrix is packed before it is multiplied, which takes longer than a row's product
 * with it; for a row of uint8 without a zero point and sums as int32 ONNX Runtime has a kernel that reads it as it lies. So what 128 in every
 * place gives is taken away afterwards. The outliers and the largest of the rest come from one sorting, in few nodes: there are thousands in a
 * step that decodes, each of some microseconds.
 */
function rowTimesTransposed(
  x: TracedSymbol,
  { recorder, shape, multiplied: { transposed }, scales, form, offsets }: Multiplied & { readonly offsets: string },
): NodeSymbol {
  const [terms, outs] = [x.shape[1]!, shape[0]!];
  const row = materialized(x);
  const flat = recorder.reshape(row, [terms]);
  const sorted = [recorder.emit("Abs", [flat]), recorder.int64s([OUTLIERS + 1])];
  const [sizes, ranked] = recorder.emitMany("TopK", sorted, { outputs: 2 }) as [string, string];
  const places = recorder.emit("Slice", [ranked, recorder.int64s([0]), recorder.int64s([OUTLIERS])]);
  const columns = recorder.emit("Gather", [row, places], { attributes: { axis: 1 }, shape: [1, OUTLIERS] });
  const zeros = recorder.constant("float32", [OUTLIERS], new Float32Array(OUTLIERS));
  const rest = recorder.emit("ScatterElements", [flat, places, zeros]);

  const next = recorder.emit("Gather", [sizes, recorder.constant("int64", [], BigInt64Array.of(BigInt(OUTLIERS)))]);
  const step = stepFor(recorder, next, levelsFor(terms));
  const integers = recorder.emit("QuantizeLinear", [rest, step, middle(recorder)]);

  const wide = (values: string, of: Shape): string => integersAsFloats(recorder, values, { form, shape: of });
  const product = recorder.emit("Sub", [recorder.emit("MatMulInteger", [integers, transposed]), offsets]);
  const rounded = recorder.emit("Mul", [wide(product, [outs]), step]);
  const own = wide(recorder.emit("Gather", [transposed, places]), [OUTLIERS, outs]);
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
  const levels = levelsFor(terms);
  const by = { integers: name, scales: scalar(recorder, 1), form };
  const normalized = normalizeRows(recorder, recorder.emit("Mul", [materialized(x), scales]), levels);
  const integers = round(recorder, normalized.rows, 1);
  let product = multiply(recorder, { integers, step: 1 }, by);
  if (parts === 2) {
    const step = 1 / (2 * levels);
    const rest = round(recorder, remainder(recorder, normalized.rows, integers), step);
    product = recorder.emit("Add", [product, multiply(recorder, { integers: rest, step }, by)]);
  }
  const out: Shape = [rows, shape[1]!];
  const result = recorder.emit("Mul", [product, normalized.step], { shape: out });
  return nodeSymbol(result, { recorder, shape: out, dtype: "float32" });
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
