import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { compile } from "../compile.ts";
import { float32 } from "../host-tensor.ts";
import { trace } from "../trace/trace.ts";
import { rotaryEmbedding } from "./rotary-embedding.ts";

beforeAll(() => tf.setBackend("cpu"));

it("turns the pair (i, i + d/2) by the token's angle", () => {
  const x = tf.tensor3d([1, 0, 0, 2], [1, 1, 4]);
  const angles = [Math.PI / 2, Math.PI / 6];
  const cos = tf.tensor2d([angles.map(Math.cos)]);
  const sin = tf.tensor2d([angles.map(Math.sin)]);
  // (1, 0) by 90° is (0, 1); (0, 2) by 30° is (−1, √3).
  expect(rotaryEmbedding(x, { cos, sin }).dataSync()).toBeAllClose([0, -1, 1, Math.sqrt(3)], { atol: 1e-6 });
});

const shape = [5, 3, 8];
const size = 5 * 3 * 8;
const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * step));
const feeds = {
  x: float32(shape, wave(size, 0.7)),
  dy: float32(shape, wave(size, 1.3)),
  cos: float32([5, 4], wave(20, 0.3)),
  sin: float32([5, 4], wave(20, 0.9)),
};
const specs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]));
const gradient = ({ x, dy, cos, sin }: tf.NamedTensorMap) => ({
  dx: tf.grad((x) => tf.mul(rotaryEmbedding(x, { cos: cos!, sin: sin! }), dy!))(x!),
});

it("has the rotation back as its gradient: ⟨dx, v⟩ = ⟨dy, R v⟩ for every v", async () => {
  const [x, dy, cos, sin] = Object.values(feeds).map(({ data, shape }) => tf.tensor(data, [...shape])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const { dx } = gradient({ x, dy, cos, sin });
  const v = tf.tensor(wave(size, 2.1), shape);
  const left = tf.sum(tf.mul(dx, v)).dataSync()[0]!;
  expect(left).toBeCloseTo(tf.sum(tf.mul(dy, rotaryEmbedding(v, { cos, sin }))).dataSync()[0]!, 4);

  const session = await compile(gradient, specs, { threads: 1 });
  const traced = await session.run(feeds);
  expect(traced["dx"]!.data).toBeAllClose([...dx.dataSync()], { rtol: 2e-6, atol: 2e-6 });
  await session.release();
});

it("is one node for the CPU provider, and standard operators for WebGPU", () => {
  const operators = (provider: "cpu" | "webgpu") => trace(gradient, specs, { provider }).nodes.map(({ op }) => op);
  expect(operators("cpu").filter((op) => op === "RotaryEmbedding")).toHaveLength(1);
  expect(operators("webgpu")).not.toContain("RotaryEmbedding");
});
