import type { Recorder } from "../trace/recorder.ts";
import { broadcastable, nodeSymbol, type TracedSymbol, uniformSymbol } from "../trace/symbol.ts";
import type { KernelTable, TraceKernel } from "./kernel.ts";

interface Elementwise {
  readonly emit: (recorder: Recorder, x: string) => string;
  /** The same function of a number, for values known while tracing. */
  readonly fold?: (x: number) => number;
}

const node =
  (op: string) =>
  (recorder: Recorder, x: string): string =>
    recorder.emit(op, [x]);

const elementwise = {
  Neg: { emit: node("Neg"), fold: (x) => -x },
  Exp: { emit: node("Exp"), fold: Math.exp },
  Log: { emit: node("Log"), fold: Math.log },
  Sqrt: { emit: node("Sqrt"), fold: Math.sqrt },
  Rsqrt: { emit: (recorder, x) => recorder.emit("Reciprocal", [recorder.emit("Sqrt", [x])]) },
  Reciprocal: { emit: node("Reciprocal"), fold: (x) => 1 / x },
  Square: { emit: (recorder, x) => recorder.emit("Mul", [x, x]), fold: (x) => x * x },
  Abs: { emit: node("Abs"), fold: Math.abs },
  Sign: { emit: node("Sign"), fold: Math.sign },
  Floor: { emit: node("Floor"), fold: Math.floor },
  Ceil: { emit: node("Ceil"), fold: Math.ceil },
  Sin: { emit: node("Sin"), fold: Math.sin },
  Cos: { emit: node("Cos"), fold: Math.cos },
  Sigmoid: { emit: node("Sigmoid") },
  Tanh: { emit: node("Tanh"), fold: Math.tanh },
  Relu: { emit: node("Relu"), fold: (x) => Math.max(0, x) },
  Softplus: { emit: node("Softplus") },
  Erf: { emit: node("Erf") },
} satisfies Record<string, Elementwise>;

function elementwiseKernel({ emit, fold }: Elementwise): TraceKernel {
  return ({ recorder, inputs }) => {
    const x = inputs["x"]!;
    if (x.kind === "uniform" && fold) return uniformSymbol(fold(x.value), x);
    const { name, stored } = broadcastable(x);
    return nodeSymbol(emit(recorder, name), { recorder, shape: x.shape, dtype: x.dtype, ...keepRank(x, stored) });
  };
}

// A scalar constant that stands for a larger uniform tensor has no node of its own rank to carry.
const keepRank = (x: TracedSymbol, stored: readonly number[]): { stored: readonly number[] } => ({
  stored: stored.length === x.shape.length ? stored : x.shape.map(() => 1),
});

export const unaryKernels: KernelTable = {
  ...Object.fromEntries(Object.entries(elementwise).map(([kernel, row]) => [kernel, elementwiseKernel(row)])),
  LogicalNot: elementwiseKernel({ emit: node("Not"), fold: (x) => (x ? 0 : 1) }),
  ClipByValue: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const { name, stored } = broadcastable(x);
    const bound = (value: number): string => recorder.constant("float32", [], Float32Array.of(value));
    const clipped = recorder.emit("Clip", [name, bound(attributes["clipValueMin"]), bound(attributes["clipValueMax"])]);
    return nodeSymbol(clipped, { recorder, shape: x.shape, dtype: x.dtype, ...keepRank(x, stored) });
  },
};
