import { trace } from "@prefdelta/tfjs-onnx";
import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { linears } from "./linear.ts";

beforeAll(() => tf.setBackend("cpu"));

const x = () =>
  tf.tensor2d([
    [1, 2, 3],
    [-1, 0, 4],
  ]);
const weight = () =>
  tf.tensor2d([
    [1, 0, -1],
    [2, 1, 0],
  ]);
const A = () => tf.tensor2d([[1, 1, 1]]);
const B = () => tf.tensor2d([[2], [-1]]);
const valuesOf = (tensors: tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);

describe("linears", () => {
  it("adds scale · (x Aᵀ) Bᵀ to x Wᵀ, and a bias", () => {
    // x Wᵀ: [-2, 4], [-5, -2]; x Aᵀ: 6, 3.
    const lora = { A: A(), B: B(), scale: 0.5 };
    const [plain, biased, adapted] = valuesOf(
      linears(x(), [
        { weight: weight() },
        { weight: weight(), bias: tf.tensor1d([10, 20]) },
        { weight: weight(), lora },
      ]),
    );
    expect(plain).toEqual([-2, 4, -5, -2]);
    expect(biased).toEqual([8, 24, 5, 18]);
    expect(adapted).toEqual([-2 + 6, 4 - 3, -5 + 3, -2 - 1.5]);
  });

  it("scales rows to their magnitudes, the bias apart", () => {
    const gain = { magnitude: tf.tensor1d([6, 3]), norms: tf.tensor1d([2, 3]) };
    const lora = { A: A(), B: B(), scale: 0.5, gain };
    const [y] = valuesOf(linears(x(), [{ weight: weight(), bias: tf.tensor1d([10, 20]), lora }]));
    expect(y).toEqual([10 + 3 * 4, 20 + 1, 10 - 3 * 2, 20 - 3.5]);
  });

  const seen = (entries: number[][]) => tf.tensor2d(entries, undefined, "bool");

  it("shows each A the entries of x that its own mask leaves, and W all of them", () => {
    const masked = (entries: number[][]) => ({
      weight: weight(),
      lora: { A: A(), B: B(), scale: 0.25, dropout: { seen: seen(entries), factor: 2 } },
    });
    // x Aᵀ of what is left: 1 + 3 and 0; 2 and -1 + 4.
    const [one, two] = valuesOf(
      linears(x(), [
        masked([
          [1, 0, 1],
          [0, 1, 0],
        ]),
        masked([
          [0, 1, 0],
          [1, 1, 1],
        ]),
      ]),
    );
    expect(one).toEqual([-2 + 4, 4 - 2, -5, -2]);
    expect(two).toEqual([-2 + 2, 4 - 1, -5 + 3, -2 - 1.5]);
  });

  it("shows W, too, what is left of x in all that a gain multiplies", () => {
    const entries = seen([
      [1, 0, 1],
      [0, 1, 0],
    ]);
    const gain = { magnitude: tf.tensor1d([6, 3]), norms: tf.tensor1d([2, 3]) };
    const lora = { A: A(), B: B(), scale: 0.5, gain, dropout: { seen: entries, factor: 2 } };
    const [y] = valuesOf(linears(x(), [{ weight: weight(), bias: tf.tensor1d([10, 20]), lora }]));
    // x': [2, 0, 6], 0; x' Wᵀ: [-4, 4], 0; scale · (x' Aᵀ) Bᵀ: [8, -4], 0.
    expect(y).toEqual([10 - 2 + (3 - 1) * -4 + 3 * 8, 20 + 4 + (1 - 1) * 4 + 1 * -4, 10 - 5, 20 - 2]);
  });

  it("widens a weight once what it is multiplied by is there", () => {
    const { nodes } = trace(
      ({ x, first, second }) => {
        const [hidden] = linears(x!, [{ weight: first! }]);
        const [y] = linears(tf.relu(hidden!), [{ weight: second! }]);
        return { y: y! };
      },
      {
        x: { shape: [2, 3] },
        first: { shape: [3, 3], storage: "int8" },
        second: { shape: [1, 3], storage: "int8" },
      },
    );
    const needs = (name: string): string[] => {
      const node = nodes.find(({ outputs }) => outputs.includes(name));
      return node ? [node.op, ...node.inputs.flatMap(needs)] : [];
    };
    const widened = nodes.find(({ op, inputs }) => op === "DequantizeLinear" && inputs[0] === "second")!;
    expect(needs(widened.outputs[0]!)).toContain("Relu");
  });
});
