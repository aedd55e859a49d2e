import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it } from "vitest";
import { compile } from "../compile.ts";
import { float32 } from "../host-tensor.ts";
import { trace } from "./trace.ts";

const vector = { x: { shape: [3] } };
const ops = (graph: ReturnType<typeof trace>): string[] => graph.nodes.map(({ op }) => op);

describe("trace", () => {
  beforeEach(async () => {
    tf.enableProdMode();
    await tf.setBackend("cpu");
  });

  it("records each operation once and leaves out what no output needs", () => {
    const graph = trace(
      ({ x, unused }) => {
        tf.exp(unused!);
        return { y: tf.add(tf.square(x!), tf.square(x!)) };
      },
      { ...vector, unused: { shape: [3] } },
    );
    expect(ops(graph)).toEqual(["Mul", "Add", "Identity"]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(graph.outputs).toEqual([{ name: "y", dtype: "float32", shape: [3] }]);
  });

  it("makes one change of shape of several, and none where numbers come back to theirs or only axes of length 1 move", () => {
    const inputs = { x: { shape: [4, 6] } };
    const twice = trace(({ x }) => ({ y: tf.neg(tf.reshape(tf.reshape(x!, [2, 12]), [3, 8])) }), inputs);
    expect(ops(twice)).toEqual(["Reshape", "Neg", "Identity"]);
    const back = trace(({ x }) => ({ y: tf.neg(tf.reshape(tf.reshape(x!, [24]), [4, 6])) }), inputs);
    expect(ops(back)).toEqual(["Neg", "Identity"]);
    const heads = (x: tf.Tensor, tokens: number) => tf.transpose(tf.reshape(x, [1, tokens, -1, 2]), [0, 2, 1, 3]);
    expect(ops(trace(({ x }) => ({ y: tf.neg(heads(x!, 1)) }), inputs))).toEqual(["Reshape", "Neg", "Identity"]);
    expect(ops(trace(({ x }) => ({ y: tf.neg(heads(x!, 4)) }), inputs))).toContain("Transpose");
  });

  it("keeps constants of a gradient symbolic: no initializer grows with the tensor", () => {
    const graph = trace(({ x }) => ({ y: tf.grad((t: tf.Tensor) => tf.mean(tf.square(t)))(x!) }), {
      x: { shape: [64, 64] },
    });
    expect(Math.max(...graph.initializers.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(16);
  });

  it("leaves the backend, its tensors and Math.random as they were", () => {
    const before = { tensors: tf.memory().numTensors, random: Math.random };
    trace(({ x }) => ({ y: tf.neg(x!) }), vector);
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(Math.random).toBe(before.random);
    expect(() =>
      trace(() => {
        throw new Error("mine");
      }, vector),
    ).toThrow("mine");
    expect(tf.getBackend()).toBe("cpu");
    expect(Math.random).toBe(before.random);
  });

  it("refuses a tensor that is no input", () => {
    const foreign = tf.tensor1d([1, 2, 3]);
    expect(() => trace(({ x }) => ({ y: tf.add(x!, foreign) }), vector)).toThrow(
      expect.objectContaining({ code: "E_FOREIGN_TENSOR" }),
    );
    foreign.dispose();
  });

  it("refuses a tensor of another trace", () => {
    let leaked: tf.Tensor | undefined;
    trace(({ x }) => {
      leaked = x!;
      return { y: tf.neg(x!) };
    }, vector);
    expect(() => trace(({ x }) => ({ y: tf.add(x!, leaked!) }), vector)).toThrow();
  });

  it("refuses to read a value that exists only when the graph runs", () => {
    expect(() => trace(({ x }) => ({ y: tf.mul(x!, tf.sum(x!).dataSync()[0]!) }), vector)).toThrow(
      expect.objectContaining({ code: "E_VALUE_UNDER_TRACE" }),
    );
  });

  it.each([
    ["dropout", (x: tf.Tensor) => tf.dropout(x, 0.5)],
    ["randomNormal", (x: tf.Tensor) => tf.add(x, tf.randomNormal([3]))],
    ["randomUniform", (x: tf.Tensor) => tf.add(x, tf.randomUniform([3]))],
  ])("refuses random op %s", (_, op) => {
    expect(() => trace(({ x }) => ({ y: op(x!) }), vector)).toThrow(
      expect.objectContaining({ code: "E_RANDOM_UNDER_TRACE" }),
    );
  });

  it("names a kernel that has no ONNX form here", () => {
    expect(() => trace(({ x }) => ({ y: tf.cumsum(x!) }), vector)).toThrow(/Cumsum/);
  });
});

describe("gradients", () => {
  // Central differences in float32: the step balances rounding against curvature.
  const h = 1e-2;

  it("agree with central differences for a function of many kernels", async () => {
    const f = (x: tf.Tensor, w: tf.Tensor): tf.Scalar => {
      const hidden = tf.matMul(x, w, false, true);
      const probabilities = tf.softmax(tf.mul(hidden, tf.sigmoid(hidden)));
      return tf.mean(tf.log(tf.sum(tf.mul(probabilities, tf.square(hidden)), -1)));
    };
    const x = float32(
      [3, 4],
      Float32Array.from({ length: 12 }, (_, i) => Math.sin(i * 1.7) + 0.3),
    );
    const w = float32(
      [5, 4],
      Float32Array.from({ length: 20 }, (_, i) => Math.cos(i * 0.9)),
    );
    const specs = { x: { shape: [3, 4] }, w: { shape: [5, 4] } };
    const session = await compile(
      ({ x, w }) => {
        const { value, grads } = tf.valueAndGrads(f)([x!, w!]);
        return { value, dx: grads[0]!, dw: grads[1]! };
      },
      specs,
      { threads: 1 },
    );
    const { dx, dw } = await session.run({ x, w });
    const valueAt = async (feeds: { x: typeof x; w: typeof w }): Promise<number> =>
      (await session.run(feeds))["value"]!.data[0]!;
    for (const [name, gradient] of Object.entries({ x: dx!, w: dw! })) {
      const base = name === "x" ? x : w;
      const numeric: number[] = [];
      for (let i = 0; i < base.data.length; i++) {
        const moved = (by: number) =>
          float32(
            base.shape,
            Float32Array.from(base.data, (v, j) => (i === j ? v + by : v)),
          );
        const feeds = { x, w };
        numeric.push(
          ((await valueAt({ ...feeds, [name]: moved(h) })) - (await valueAt({ ...feeds, [name]: moved(-h) }))) /
            (2 * h),
        );
      }
      expect(gradient.data).toBeAllClose(numeric, { rtol: 5e-3, atol: 2e-3 });
    }
    await session.release();
  });
});
