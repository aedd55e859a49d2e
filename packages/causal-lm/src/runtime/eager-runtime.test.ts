import * as tf from "@tensorflow/tfjs-core";
import { float32 } from "@prefdelta/tfjs-onnx";
import { expect, it } from "vitest";
import { createRuntime } from "./create-runtime.ts";

const runtime = await createRuntime("cpu");
const inputs = { x: { shape: [2] }, w: { shape: [2], constant: true } };
const compile = () => runtime.compile(({ x, w }) => ({ y: tf.add(tf.mul(x!, w!), w!) }), inputs);
const x = float32([2], Float32Array.of(3, 4));
const w = float32([2], Float32Array.of(10, 20));

it("computes what the function says", async () => {
  const step = await compile();
  expect((await step.run({ x, w }))["y"]).toEqual(float32([2], Float32Array.of(40, 100)));
  await step.release();
});

it("keeps a weight on the backend until the last step that was fed it is released", async () => {
  const kept = () => tf.memory().numTensors - before;
  const before = tf.memory().numTensors;
  const [one, two] = [await compile(), await compile()];
  await one.run({ x, w });
  await one.run({ x, w });
  await two.run({ x, w });
  expect(kept()).toBe(1);
  await one.release();
  expect(kept()).toBe(1);
  await two.release();
  expect(kept()).toBe(0);
  // A step may be run again; it uploads its weights again.
  expect((await one.run({ x, w }))["y"]!.data).toEqual(Float32Array.of(40, 100));
  await one.release();
  expect(kept()).toBe(0);
});

it("leaves nothing behind where the function throws", async () => {
  const before = tf.memory().numTensors;
  const step = await runtime.compile(({ x, w }) => ({ y: tf.reshape(tf.add(x!, w!), [3]) }), inputs);
  await expect(step.run({ x, w })).rejects.toThrow("Size(2)");
  await step.release();
  expect(tf.memory().numTensors).toBe(before);
});

it("names an input that is not fed", async () => {
  const step = await compile();
  await expect(step.run({ w })).rejects.toThrow('run: input "x" — expected a tensor, got nothing');
  await step.release();
});
