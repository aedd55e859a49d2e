import "@tensorflow/tfjs"; // the gradients
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { sortAscending } from "./sort-ascending.ts";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

it("sorts any numbers, equal ones included", () => {
  const numbers = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 12 });
  const repeated = fc.array(fc.constantFrom(-1, 0, 2), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(numbers, repeated), (values) => {
      const expected = Float32Array.from(values).sort();
      expect(sortAscending(tf.tensor1d(values)).dataSync()).toBeAllClose(expected, { rtol: 0, atol: 0 });
    }),
  );
});

it("gives each value the gradient of its place; of equal values the earlier one stands first", () => {
  const weights = tf.tensor1d([10, 20, 30, 40]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(sortAscending(x as tf.Tensor1D), weights)));
  expect([...gradient(tf.tensor1d([3, -1, 3, 0])).dataSync()]).toEqual([30, 10, 40, 20]);
});
