import { compile, float32 } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";

/** The machine's best rate of a 1024³ float32 product through ONNX Runtime, GFLOP/s: what a step's rate is held against. */
export async function measureGemm(threads: number): Promise<number> {
  const n = 1024;
  const square = (value: number) => float32([n, n], new Float32Array(n * n).fill(value));
  const session = await compile(
    ({ a, b }) => ({ y: tf.matMul(a!, b!) }),
    { a: { shape: [n, n] }, b: { shape: [n, n] } },
    { threads },
  );
  const feeds = { a: square(0.5), b: square(0.25) };
  let best = Infinity;
  for (let i = 0; i < 20; i++) {
    const started = performance.now();
    await session.run(feeds);
    best = Math.min(best, performance.now() - started);
  }
  await session.release();
  return (2 * n ** 3) / best / 1e6;
}
