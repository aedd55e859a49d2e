import type { Recorder } from "../trace/recorder.ts";
import { broadcastShape, sameShape, type Shape } from "../trace/shape.ts";
import {
  broadcastable,
  nodeSymbol,
  type TracedDataType,
  type TracedSymbol,
  uniformSymbol,
  withRank,
} from "../trace/symbol.ts";
import type { KernelTable, TraceKernel } from "./kernel.ts";

interface Result {
  readonly shape: Shape;
  readonly dtype: TracedDataType;
}

/** One two-operand ONNX node; dimensions that no operand has expanded stay unexpanded. */
function emitBroadcast(op: string, [a, b]: readonly [TracedSymbol, TracedSymbol], { shape, dtype }: Result) {
  const { recorder } = a;
  const left = broadcastable(a);
  const right = broadcastable(b);
  const stored = broadcastShape(left.stored, right.stored);
  const name = recorder.emit(op, [left.name, right.name]);
  if (stored.length === shape.length) return nodeSymbol(name, { recorder, shape, dtype, stored });
  const lifted = [...Array<number>(shape.length - stored.length).fill(1), ...stored];
  const reshaped = recorder.reshape(name, lifted);
  return nodeSymbol(reshaped, { recorder, shape, dtype, stored: lifted });
}

/** `x` seen under a shape that it broadcasts to. */
function broadcastTo(x: TracedSymbol, shape: Shape): TracedSymbol {
  if (sameShape(x.shape, shape)) return x;
  if (x.kind === "uniform") return { ...x, shape };
  const { name, stored } = withRank(x);
  const { recorder, dtype } = x;
  if (stored.length === shape.length) return nodeSymbol(name, { recorder, shape, dtype, stored });
  const lifted = [...Array<number>(shape.length - stored.length).fill(1), ...stored];
  return nodeSymbol(recorder.reshape(name, lifted), {
    recorder,
    shape,
    dtype,
    stored: lifted,
  });
}

interface Arithmetic {
  readonly op: string;
  readonly fold: (a: number, b: number) => number;
  /** x ∘ right = x */
  readonly right?: number;
  /** left ∘ x = x */
  readonly left?: number;
}

const arithmetic = {
  Add: { op: "Add", fold: (a, b) => a + b, left: 0, right: 0 },
  Sub: { op: "Sub", fold: (a, b) => a - b, right: 0 },
  Multiply: { op: "Mul", fold: (a, b) => a * b, left: 1, right: 1 },
  RealDiv: { op: "Div", fold: (a, b) => a / b, right: 1 },
  Pow: { op: "Pow", fold: Math.pow, right: 1 },
  Maximum: { op: "Max", fold: Math.max },
  Minimum: { op: "Min", fold: Math.min },
} satisfies Record<string, Arithmetic>;

const uniformOf = (x: TracedSymbol): number | undefined => (x.kind === "uniform" ? x.value : undefined);

function arithmeticKernel({ op, fold, left, right }: Arithmetic): TraceKernel {
  return ({ recorder, inputs }) => {
    const a = inputs["a"]!;
    const b = inputs["b"]!;
    const result = { recorder, shape: broadcastShape(a.shape, b.shape), dtype: a.dtype };
    const x = uniformOf(a);
    const y = uniformOf(b);
    if (x !== undefined && y !== undefined) return uniformSymbol(fold(x, y), result);
    if (y !== undefined && y === right) return broadcastTo(a, result.shape);
    if (x !== undefined && x === left) return broadcastTo(b, result.shape);
    return emitBroadcast(op, [a, b], result);
  };
}

function comparisonKernel(op: string): TraceKernel {
  return ({ inputs }) => {
    const a = inputs["a"]!;
    const b = inputs["b"]!;
    return emitBroadcast(op, [a, b], { shape: broadcastShape(a.shape, b.shape), dtype: "bool" });
  };
}

const not = (recorder: Recorder, x: ReturnType<typeof emitBroadcast>): TracedSymbol =>
  nodeSymbol(recorder.emit("Not", [x.name]), { recorder, shape: x.shape, dtype: "bool", stored: x.stored });

const comparisons = {
  Equal: "Equal",
  Greater: "Greater",
  GreaterEqual: "GreaterOrEqual",
  Less: "Less",
  LessEqual: "LessOrEqual",
  LogicalAnd: "And",
  LogicalOr: "Or",
};

export const binaryKernels: KernelTable = {
  ...Object.fromEntries(Object.entries(arithmetic).map(([kernel, row]) => [kernel, arithmeticKernel(row)])),
  ...Object.fromEntries(Object.entries(comparisons).map(([kernel, op]) => [kernel, comparisonKernel(op)])),
  NotEqual: (call) => not(call.recorder, comparisonKernel("Equal")(call) as ReturnType<typeof emitBroadcast>),
  SquaredDifference: ({ inputs }) => {
    const a = inputs["a"]!;
    const b = inputs["b"]!;
    const shape = broadcastShape(a.shape, b.shape);
    const difference = emitBroadcast("Sub", [a, b], { shape, dtype: a.dtype });
    return emitBroadcast("Mul", [difference, difference], { shape, dtype: a.dtype });
  },
  AddN: ({ list }) =>
    list.reduce((sum, next) => emitBroadcast("Add", [sum, next], { shape: next.shape, dtype: next.dtype })),
};
