import { trace } from "@prefdelta/tfjs-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { swiglu } from "./swiglu.ts";

const inputs = { gate: { shape: [2, 3] }, up: { shape: [2, 3] } };
const operators = (fn: Parameters<typeof trace>[0]): string[] => trace(fn, inputs).nodes.map(({ op }) => op);

it("forms its derivatives where there is a way back, and nowhere else", () => {
  const forward = operators(({ gate, up }) => ({ h: swiglu(gate!, up!) }));
  expect(forward).toEqual(["Sigmoid", "Mul", "Mul", "Identity"]);
  const back = operators(({ gate, up }) => ({
    dGate: tf.grad((gate: tf.Tensor) => tf.square(swiglu(gate, up!)))(gate!),
  }));
  expect(back).toContain("Sub");
  expect(back).toContain("ReduceSum"); // h waits for them
});
