import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import "@tensorflow/tfjs";
import { compile } from "../compile.ts";
import { float32 } from "../host-tensor.ts";
import { trace, type TracedFunction } from "./trace.ts";

beforeAll(() => tf.setBackend("cpu"));

const operators = (fn: TracedFunction, specs: Parameters<typeof trace>[1], provider?: "cpu" | "cuda"): string[] =>
  trace(fn, specs, provider ? { provider } : {}).nodes.map(({ op }) => op);

const count = (ops: readonly string[], op: string): number => ops.filter((name) => name === op).length;

// x Wᵀ + (x Aᵀ) Bᵀ, of 512 × 512 numbers.
const specs = { x: { shape: [512, 32] }, W: { shape: [512, 32] }, A: { shape: [4, 32] }, B: { shape: [512, 4] } };
const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(a, b, false, true);
const adapted: TracedFunction = ({ x, W, A, B }) => ({ y: tf.add(product(x!, W!), product(product(x!, A!), B!)) });

describe("a product added to a matrix", () => {
  it("adds in place: the thinner product onto the other, and no sum is left", () => {
    const ops = operators(adapted, specs);
    expect([count(ops, "FusedConv"), count(ops, "FusedMatMul"), count(ops, "Add")]).toEqual([1, 2, 0]);
  });

  it("is one product where several thin ones are added to a matrix, and not where one of them is thick", () => {
    const inputs = { ...specs, V: { shape: [4, 512] }, K: { shape: [32, 512] } };
    const thin: TracedFunction = ({ x, W, A, B, V }) => {
      const h = product(x!, A!);
      return { y: tf.add(tf.add(product(x!, W!), product(h, B!)), tf.matMul(h, V!)) };
    };
    const ops = operators(thin, inputs);
    expect([count(ops, "FusedConv"), count(ops, "FusedMatMul"), count(ops, "Add")]).toEqual([1, 2, 0]);
    const thick: TracedFunction = ({ x, W, K }) => {
      const wide = tf.matMul(tf.tile(x!, [1, 3]), tf.tile(K!, [3, 1]));
      return { y: tf.add(tf.add(product(x!, W!), tf.matMul(x!, K!)), wide) };
    };
    expect(count(operators(thick, inputs), "FusedConv")).toBe(2);
  });

  it("stays a sum where a matrix is small, is read again, is handed out, or is an input", () => {
    const small = { ...specs, x: { shape: [8, 32] } };
    expect(operators(adapted, small)).toContain("Add");
    const readAgain: TracedFunction = ({ x, W, A, B }) => {
      const y = product(x!, W!);
      return { y: tf.mul(y, tf.add(y, product(product(x!, A!), B!))) };
    };
    expect(operators(readAgain, specs)).toContain("Add");
    const handedOut: TracedFunction = ({ x, W, A, B }) => {
      const y = product(x!, W!);
      return { y, z: tf.add(y, product(product(x!, A!), B!)) };
    };
    expect(operators(handedOut, specs)).toContain("Add");
    const onInput: TracedFunction = ({ x, W, c }) => ({ y: tf.add(c!, product(x!, W!)) });
    expect(operators(onInput, { ...specs, c: { shape: [512, 512] } })).toContain("Add");
  });

  it("is left to providers other than the CPU's as it is", () => {
    expect(operators(adapted, specs, "cuda")).not.toContain("FusedConv");
  });
});

it("gives what tfjs computes, chained or not, of any shape", async () => {
  const dimension = fc.integer({ min: 362, max: 400 }); // 362² is just below the smallest sum, 400² above
  await fc.assert(
    fc.asyncProperty(dimension, dimension, fc.integer({ min: 1, max: 70 }), async (m, n, k) => {
      let seed = m * n + k;
      const random = (shape: number[]) => {
        const data = new Float32Array(shape[0]! * shape[1]!);
        for (let i = 0; i < data.length; i++) {
          seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
          data[i] = seed / 2 ** 31;
        }
        return float32(shape, data);
      };
      const thin = { u: random([m, 3]), v: random([3, n]), w: random([n, 3]) };
      const feeds = { x: random([m, k]), y: random([k, n]), z: random([n, k]), ...thin };
      const fn: TracedFunction = ({ x, y, z, u, v, w }) => {
        const sum = tf.add(tf.add(tf.matMul(x!, y!), tf.matMul(u!, v!)), tf.matMul(u!, w!, false, true));
        return { sum: tf.add(sum, tf.matMul(x!, z!, false, true)) };
      };
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]));
      const session = await compile(fn, inputs, { threads: 2 });
      const { sum } = await session.run(feeds);
      await session.release();
      const expected = tf.tidy(() => {
        const tensors = Object.entries(feeds).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]);
        return fn(Object.fromEntries(tensors) as tf.NamedTensorMap)["sum"]!.dataSync();
      });
      expect(sum!.data).toBeAllClose([...expected], { rtol: 1e-4, atol: 2e-5 });
    }),
    { numRuns: 6 },
  );
});
