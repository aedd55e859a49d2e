import { float32 } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { CausalLmError } from "../errors.ts";
import type { Runtime, Step } from "./runtime.ts";

/** A product of two square matrices as a step of its own. */
const compileProduct = (runtime: Runtime, [rows, terms, columns]: readonly [number, number, number]): Promise<Step> =>
  runtime.compile(({ x, w }) => ({ y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D) }), {
    x: { shape: [rows, terms] },
    w: { shape: [terms, columns] },
  });

const X = [1, 2, 3, 4, 5, 6]; // [2, 3]
const W = [7, -8, 9, 10, 0.5, -12]; // [3, 2]
const PRODUCT = [26.5, -24, 76, -54]; // by hand

/**
 * Has a runtime multiply two small matrices whose product is known.
 *
 * @throws {CausalLmError} E_NUMBERS where other numbers come out; what the runtime throws where it does not run
 */
export async function assertMultipliesRight(runtime: Runtime): Promise<void> {
  const step = await compileProduct(runtime, [2, 3, 2]);
  try {
    const { y } = await step.run({
      x: float32([2, 3], Float32Array.from(X)),
      w: float32([3, 2], Float32Array.from(W)),
    });
    const found = Array.from(y!.data);
    // Halves and small whole numbers are exact in float32, whatever the order of the sums.
    if (found.length === PRODUCT.length && found.every((value, i) => value === PRODUCT[i])) return;
    const message = `${runtime.description} — expected the product [${PRODUCT.join()}], got [${found.join()}]`;
    throw new CausalLmError("E_NUMBERS", message);
  } finally {
    await step.release();
  }
}

interface RateOptions {
  /** Rows and columns of both factors; 1024 if absent. */
  readonly size?: number;
  /** Milliseconds that the measured runs may take together, the last one begun within them; 700 if absent. */
  readonly milliseconds?: number;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Floating-point operations a second of a product of square matrices: the best of the runs, the first of which is not counted. */
export async function productRate(
  runtime: Runtime,
  { size = 1024, milliseconds = 700, now }: RateOptions,
): Promise<number> {
  const step = await compileProduct(runtime, [size, size, size]);
  const ones = (): Float32Array => new Float32Array(size * size).fill(1);
  const feeds = { x: float32([size, size], ones()), w: float32([size, size], ones()) };
  try {
    await step.run(feeds);
    const begin = now();
    let best = Infinity;
    let end = begin;
    do {
      const start = end;
      await step.run(feeds);
      end = now();
      best = Math.min(best, end - start);
    } while (end - begin < milliseconds);
    return (2 * size ** 3) / (best / 1000);
  } finally {
    await step.release();
  }
}
