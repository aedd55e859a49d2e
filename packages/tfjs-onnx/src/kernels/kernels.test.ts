import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../compile.ts";
import type { HostTensor } from "../host-tensor.ts";
import { rmsNormalization } from "../operators/rms-normalization.ts";
import { rotaryEmbedding } from "../operators/rotary-embedding.ts";
import { after } from "../operators/after.ts";
import type { TracedFunction } from "../trace/trace.ts";
import { kernels } from "./kernels.ts";

// Deterministic, distinct, away from the kinks of abs, sign and floor.
const values = (shape: readonly number[], { low = -2, high = 2 } = {}): HostTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from(
    { length: size },
    (_, i) => low + ((i * 37 + 11) % 101) * ((high - low) / 101) + 0.003,
  );
  return { dtype: "float32", shape, data };
};
const integers = (shape: readonly number[], below: number): HostTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { dtype: "int32", shape, data: Int32Array.from({ length: size }, (_, i) => (i * 7 + 2) % below) };
};

interface Case {
  readonly kernel: string;
  readonly inputs: Record<string, HostTensor>;
  readonly fn: TracedFunction;
}

const x = values([2, 3, 4]);
const positive = values([2, 3, 4], { low: 0.1, high: 3 });
const row = values([4], { low: -1.5, high: 2.5 });
const column = values([3, 1], { low: 0.2, high: 1.7 });

const unary = (kernel: string, op: (t: tf.Tensor) => tf.Tensor, input = x): Case => ({
  kernel,
  inputs: { x: input },
  fn: ({ x }) => ({ y: op(x!) }),
});
const binary = (kernel: string, op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, inputs = { a: x, b: row }): Case => ({
  kernel,
  inputs,
  fn: ({ a, b }) => ({ y: op(a!, b!) }),
});
const numeric = (t: tf.Tensor): tf.Tensor => tf.cast(t, "float32");

const cases: readonly Case[] = [
  binary("Add", tf.add),
  binary("Add", tf.add, { a: x, b: column }),
  binary("Sub", tf.sub),
  binary("Multiply", tf.mul, { a: row, b: x }),
  binary("RealDiv", tf.div, { a: x, b: positive }),
  binary("Pow", tf.pow, { a: positive, b: row }),
  binary("Maximum", tf.maximum),
  binary("Minimum", tf.minimum),
  binary("SquaredDifference", tf.squaredDifference),
  binary("Equal", (a, b) => numeric(tf.equal(a, b)), { a: x, b: x }),
  binary("NotEqual", (a, b) => numeric(tf.notEqual(a, b)), { a: x, b: x }),
  binary("Greater", (a, b) => numeric(tf.greater(a, b))),
  binary("GreaterEqual", (a, b) => numeric(tf.greaterEqual(a, b))),
  binary("Less", (a, b) => numeric(tf.less(a, b))),
  binary("LessEqual", (a, b) => numeric(tf.lessEqual(a, b))),
  binary("LogicalAnd", (a, b) => numeric(tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)))),
  binary("LogicalOr", (a, b) => numeric(tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)))),
  unary("LogicalNot", (t) => numeric(tf.logicalNot(tf.greater(t, 0)))),
  unary("AddN", (t) => tf.addN([t, tf.square(t), t])),
  unary("Neg", tf.neg),
  unary("Exp", tf.exp),
  unary("Log", tf.log, positive),
  unary("Sqrt", tf.sqrt, positive),
  unary("Rsqrt", tf.rsqrt, positive),
  unary("Reciprocal", tf.reciprocal, positive),
  unary("Square", tf.square),
  unary("Abs", tf.abs),
  unary("Sign", tf.sign),
  unary("Floor", tf.floor),
  unary("Ceil", tf.ceil),
  unary("Sin", tf.sin),
  unary("Cos", tf.cos),
  unary("Sigmoid", tf.sigmoid),
  unary("Tanh", tf.tanh),
  unary("Relu", tf.relu),
  unary("Softplus", tf.softplus),
  unary("Erf", tf.erf),
  unary("ClipByValue", (t) => tf.clipByValue(t, -0.7, 1.1)),
  unary("Sum", (t) => tf.sum(t)),
  unary("Sum", (t) => tf.sum(t, [0, 2], true)),
  unary("Sum", (t) => tf.sum(tf.mul(t, tf.sum(t, -1, true)), 1)),
  unary("Mean", (t) => tf.mean(t, -1, true)),
  unary("Prod", (t) => tf.prod(t, 1)),
  unary("Max", (t) => tf.max(t, 1)),
  unary("Min", (t) => tf.min(t, [1, 2])),
  unary("ArgMax", (t) => tf.argMax(t, -1)),
  unary("ArgMin", (t) => tf.argMin(t, 1)),
  unary("Softmax", (t) => tf.softmax(t)),
  unary("LogSoftmax", (t) => tf.logSoftmax(t)),
  binary("BatchMatMul", (a, b) => tf.matMul(a, b), { a: x, b: values([2, 4, 5]) }),
  binary("BatchMatMul", (a, b) => tf.matMul(a, b, false, true), { a: x, b: values([2, 5, 4]) }),
  binary("BatchMatMul", (a, b) => tf.matMul(a, b, true, false), { a: x, b: values([2, 3, 5]) }),
  binary("BatchMatMul", (a, b) => tf.matMul(a, b, true, true), { a: x, b: values([2, 5, 3]) }),
  unary("Reshape", (t) => tf.reshape(tf.add(tf.reshape(t, [6, -1]), 1), [3, 8])),
  unary("ExpandDims", (t) => tf.expandDims(t, -1)),
  unary("Transpose", (t) => tf.transpose(t, [2, 0, 1])),
  unary("Transpose", (t) => tf.transpose(tf.mul(tf.sum(t, 0, true), tf.ones([2, 3, 4])), [2, 0, 1])),
  unary("Transpose", (t) => tf.transpose(tf.reshape(t, [2, 1, 12]), [1, 0, 2])),
  unary("Slice", (t) => tf.slice(t, [0, 1, 1], [2, 2, 2])),
  unary("PadV2", (t) =>
    tf.pad(
      t,
      [
        [0, 1],
        [2, 0],
        [1, 1],
      ],
      0.5,
    ),
  ),
  unary("Concat", (t) => tf.concat([t, tf.neg(t)], -1)),
  unary("Pack", (t) => tf.stack([t, tf.square(t)], 1)),
  unary("Unpack", (t) => tf.add(...(tf.unstack(t, 0) as [tf.Tensor, tf.Tensor]))),
  unary("SplitV", (t) => tf.mul(...(tf.split(t, 2, -1) as [tf.Tensor, tf.Tensor]))),
  unary("SplitV", (t) => tf.split(t, [1, 3], -1)[1]!),
  unary("Tile", (t) => tf.tile(t, [1, 2, 1])),
  {
    kernel: "GatherV2",
    inputs: { x, i: integers([5], 3) },
    fn: ({ x, i }) => ({ y: tf.gather(x!, i as tf.Tensor1D, 1) }),
  },
  {
    kernel: "UnsortedSegmentSum",
    inputs: { x: values([5, 3]), i: integers([5], 4) },
    fn: ({ x, i }) => ({ y: tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 4) }),
  },
  {
    kernel: "Select",
    inputs: { a: x, b: positive },
    fn: ({ a, b }) => ({ y: tf.where(tf.greater(a!, 0), a!, b!) }),
  },
  {
    kernel: "RotaryEmbedding",
    inputs: { x: values([3, 2, 8]), cos: values([3, 4]), sin: values([3, 4], { low: -1, high: 1 }) },
    fn: ({ x, cos, sin }) => ({ y: rotaryEmbedding(x!, { cos: cos!, sin: sin! }) }),
  },
  {
    kernel: "SimplifiedLayerNormalization",
    inputs: { x, gain: row },
    fn: ({ x, gain }) => ({ y: rmsNormalization(x!, gain!, 1e-5) }),
  },
  {
    kernel: "After",
    inputs: { x, row },
    fn: ({ x, row }) => ({ y: tf.mul(after(x!, [tf.exp(row!)]), 2), z: tf.exp(row!) }),
  },
  { kernel: "OneHot", inputs: { i: integers([4], 5) }, fn: ({ i }) => ({ y: tf.oneHot(i!, 5) }) },
  unary("Cast", (t) => tf.cast(t, "int32")),
  unary("Identity", (t) => tf.clone(t)),
  unary("ZerosLike", (t) => tf.add(tf.zerosLike(t), t)),
  unary("OnesLike", (t) => tf.sub(t, tf.onesLike(t))),
  unary("Fill", (t) => tf.mul(t, tf.fill(x.shape as number[], 0.25))),
  unary("Range", (t) => tf.add(t, tf.range(0, 4))),
];

async function eager({ inputs, fn }: Case): Promise<tf.TypedArray> {
  await tf.setBackend("cpu");
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape], dtype as "float32"),
    ]),
  );
  return tf.tidy(() => fn(feeds)["y"]!.dataSync());
}

describe("traced kernels against tfjs cpu", () => {
  beforeAll(() => tf.enableProdMode());

  for (const item of cases) {
    it(`${item.kernel}: ${item.fn.toString().replaceAll(/\s+/g, " ").slice(0, 60)}`, async () => {
      const expected = await eager(item);
      const specs = Object.fromEntries(
        Object.entries(item.inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype: dtype as "float32" }]),
      );
      const session = await compile(item.fn, specs, { threads: 1 });
      const { y } = await session.run(item.inputs);
      // exp and friends differ in the last bits between libm and ONNX Runtime's vector code.
      expect(y!.data).toBeAllClose(Array.from(expected), { rtol: 2e-6, atol: 2e-6 });
      await session.release();
    });
  }

  it("leaves no kernel untested", () => {
    const tested = new Set(cases.map(({ kernel }) => kernel));
    const refused = new Set(["Multinomial"]);
    expect(Object.keys(kernels).filter((kernel) => !tested.has(kernel) && !refused.has(kernel))).toEqual([]);
  });
});
