import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { compile } from "../compile.ts";
import { float32 } from "../host-tensor.ts";
import { trace } from "../trace/trace.ts";
import { rmsNormalization } from "./rms-normalization.ts";

beforeAll(() => tf.setBackend("cpu"));

const EPSILON = 1e-3;

it("divides by the root mean square and multiplies by the gain", () => {
  const y = rmsNormalization(tf.tensor2d([[3, 4]]), tf.tensor1d([1, 10]), 0);
  const root = Math.sqrt((9 + 16) / 2);
  expect(y.dataSync()).toBeAllClose([3 / root, 40 / root], { rtol: 1e-6 });
});

/** The same from tfjs' own operations, whose gradients tfjs knows. */
const composed = (x: tf.Tensor, gain: tf.Tensor): tf.Tensor =>
  tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), EPSILON))), gain);

const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * step) + 0.2);
const feeds = {
  x: float32([2, 3, 4], wave(24, 0.7)),
  gain: float32([4], wave(4, 1.9)),
  dy: float32([2, 3, 4], wave(24, 1.3)),
};
const specs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]));
const gradients =
  (f: (x: tf.Tensor, gain: tf.Tensor) => tf.Tensor) =>
  ({ x, gain, dy }: tf.NamedTensorMap) => {
    const [dx, dGain] = tf.grads((x, gain) => tf.mul(f(x!, gain!), dy!))([x!, gain!]) as [tf.Tensor, tf.Tensor];
    return { dx, dGain };
  };
const written = gradients((x, gain) => rmsNormalization(x, gain, EPSILON));

it("has the gradients that tfjs derives from the formula, traced and not", async () => {
  const [x, gain, dy] = Object.values(feeds).map(({ data, shape }) => tf.tensor(data, [...shape])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const session = await compile(written, specs, { threads: 1 });
  const traced = await session.run(feeds);
  const eager = written({ x, gain, dy });
  for (const [name, expected] of Object.entries(gradients(composed)({ x, gain, dy }))) {
    const values = [...expected.dataSync()];
    expect(eager[name as "dx"].dataSync()).toBeAllClose(values, { rtol: 1e-5, atol: 1e-6 });
    expect(traced[name]!.data).toBeAllClose(values, { rtol: 1e-5, atol: 1e-6 });
  }
  await session.release();
});

it("is one node for the CPU provider, and standard operators for WebGPU", () => {
  const operators = (provider: "cpu" | "webgpu") => trace(written, specs, { provider }).nodes.map(({ op }) => op);
  expect(operators("cpu").filter((op) => op === "SimplifiedLayerNormalization")).toHaveLength(1);
  expect(operators("webgpu")).not.toContain("SimplifiedLayerNormalization");
});
