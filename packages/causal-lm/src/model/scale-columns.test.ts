import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { scaleColumns } from "./scale-columns.ts";

beforeAll(() => tf.setBackend("cpu"));

it("multiplies each column by its number", () => {
  const x = tf.tensor2d([
    [1, 2],
    [3, -4],
  ]);
  expect([...scaleColumns(x, tf.tensor1d([10, 0.5])).dataSync()]).toEqual([10, 1, 30, -2]);
});

it("has the gradients of tfjs' own product", () => {
  const number = fc.double({ min: -2, max: 2, noNaN: true });
  const row = fc.tuple(number, number, number);
  const nonZero = fc.tuple(number, fc.constantFrom(-1, 1)).map(([size, sign]) => sign * (0.01 + Math.abs(size)));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.tuple(nonZero, nonZero, nonZero), (rows, gains) => {
      tf.tidy(() => {
        const [x, gain] = [tf.tensor2d(rows), tf.tensor1d(gains)];
        const dy = tf.cos(tf.mul(x, 3));
        const expected = tf.grads((x, gain) => tf.mul(x, gain))([x, gain], dy);
        const found = tf.grads(scaleColumns)([x, gain], dy);
        for (const [i, gradient] of found.entries()) {
          expect(gradient.dataSync()).toBeAllClose(expected[i]!.dataSync(), { rtol: 1e-5, atol: 1e-6 });
        }
      });
    }),
  );
});

it("gives a gain of 0 its gradient, and next to nothing else", () => {
  const x = tf.tensor2d([
    [1, 2],
    [3, -4],
  ]);
  const dy = tf.tensor2d([
    [5, 7],
    [1, 0.5],
  ]);
  const gain = tf.tensor1d([0, 2]);
  expect([...scaleColumns(x, gain).dataSync()]).toEqual([2 ** -64, 4, 3 * 2 ** -64, -8]);
  const [dx, dGain] = tf.grads(scaleColumns)([x, gain], dy) as [tf.Tensor, tf.Tensor];
  expect([...dGain.dataSync()]).toEqual([8, 12]); // Σ dy ∘ x: 5·1 + 1·3, 7·2 − 0.5·4
  expect([...dx.dataSync()]).toEqual([5 * 2 ** -64, 14, 2 ** -64, 1]);
});
