import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { compile } from "../compile.ts";
import { float32 } from "../host-tensor.ts";
import { scalesOf } from "../trace/input.ts";
import { trace, type TracedFunction } from "../trace/trace.ts";
import { after, widenAfter } from "./after.ts";

const product: TracedFunction = ({ x, w, other }) => ({
  y: tf.matMul(x!, after(w!, [tf.exp(other!)]), false, true),
});
const plain: TracedFunction = ({ x, w }) => ({ y: tf.matMul(x!, w!, false, true) });
const inputs = { x: { shape: [2, 3] }, other: { shape: [2, 2] } };
const x = float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const other = float32([2, 2], Float32Array.of(NaN, 1, 2, Infinity));

/** Operators of everything that a value is made of. */
function needs(nodes: ReturnType<typeof trace>["nodes"], name: string): string[] {
  const node = nodes.find(({ outputs }) => outputs.includes(name));
  return node ? [node.op, ...node.inputs.flatMap((input) => needs(nodes, input))] : [];
}

describe("after", () => {
  it("gives what comes first a way to come first", async () => {
    const fn: TracedFunction = ({ x, other }) => {
      const h = tf.exp(x!);
      return { y: tf.neg(after(h, [tf.tanh(other!), tf.sum(other!)])) };
    };
    const { nodes } = trace(fn, inputs);
    expect(needs(nodes, nodes.find(({ op }) => op === "Neg")!.outputs[0]!)).toEqual(
      expect.arrayContaining(["Tanh", "ReduceSum", "Exp"]),
    );
    const session = await compile(fn, inputs);
    const { y } = await session.run({ x, other });
    expect(y!.data).toBeAllClose(
      [...x.data].map((value) => -Math.exp(value)),
      { rtol: 1e-6 },
    );
    await session.release();
  });

  it("changes no number of a matrix of integers, whatever the other's numbers are", async () => {
    const w = { w: { shape: [2, 3], storage: "int8" as const } };
    const feeds = {
      x,
      w: { dtype: "int8" as const, shape: [2, 3], data: Int8Array.of(1, -2, 3, 4, 5, -6) },
      [scalesOf("w")]: float32([2], Float32Array.of(0.5, 2)),
    };
    const [waiting, own] = await Promise.all([
      compile(product, { ...inputs, ...w }),
      compile(plain, { ...inputs, ...w }),
    ]);
    const { y } = await waiting.run({ ...feeds, other });
    expect(y).toEqual((await own.run(feeds))["y"]);
    expect([...y!.data]).toEqual([3, -8, 6, 10]);
    await Promise.all([waiting.release(), own.release()]);
  });

  it.each(["f16", "bf16"] as const)("changes no number of a matrix of %s words", async (storage) => {
    const w = { w: { shape: [2, 3], storage } };
    // 1 and −2, each in its form
    const [one, minusTwo] = { f16: [0x3c00, 0xc000], bf16: [0x3f80, 0xc000] }[storage] as [number, number];
    const data = Uint16Array.of(one, minusTwo, one, minusTwo, one, minusTwo);
    const waiting = await compile(product, { ...inputs, ...w });
    const { y } = await waiting.run({ x, other, w: { dtype: "uint16", shape: [2, 3], data } });
    expect([...y!.data]).toEqual([1 - 4 + 3, -2 + 2 - 6, 4 - 10 + 6, -8 + 5 - 12]);
    await waiting.release();
  });

  it.each([
    ["int8", "DequantizeLinear"],
    ["f16", "Cast"],
    ["bf16", "Cast"],
  ] as const)("makes the widening of %s wait for the other", (storage, op) => {
    const { nodes } = trace(product, { ...inputs, w: { shape: [2, 3], storage } });
    const widened = nodes.findLastIndex((node) => node.op === op);
    expect(nodes[widened]!.inputs.flatMap((name) => needs(nodes, name))).toContain("Exp");
  });

  it("passes the gradient on to the tensor, and none to what it waits for", async () => {
    const fn: TracedFunction = ({ x, other }) => {
      const objective = (x: tf.Tensor, other: tf.Tensor): tf.Scalar => tf.sum(tf.square(after(x, [tf.exp(other)])));
      const [dx, dOther] = tf.grads((x, other) => tf.add(objective(x, other), tf.sum(other)))([x!, other!]);
      return { dx: dx!, dOther: dOther! };
    };
    const session = await compile(fn, inputs);
    const { dx, dOther } = await session.run({ x, other });
    expect([...dx!.data]).toEqual([2, 4, 6, 8, 10, 12]);
    expect([...dOther!.data]).toEqual([1, 1, 1, 1]);
    await session.release();
  });

  it("leaves a tensor as it is for other providers, after nothing, and outside a recording", () => {
    const w = { w: { shape: [2, 3] } };
    const operators = (fn: TracedFunction, provider: "cpu" | "cuda") =>
      trace(fn, { ...inputs, ...w }, { provider }).nodes.map(({ op }) => op);
    expect(operators(product, "cuda")).toEqual(["FusedMatMul", "Identity"]);
    expect(operators(({ x, w }) => ({ y: tf.matMul(x!, after(w!, []), false, true) }), "cpu")).toEqual(
      operators(plain, "cpu"),
    );
    const own = tf.zeros([2, 3]);
    expect(after(own, [own])).toBe(own);
  });
});

describe("widenAfter", () => {
  const widening: TracedFunction = ({ x, w, other }) => ({
    y: tf.matMul(x!, widenAfter(w!, [tf.exp(other!)]), false, true),
  });
  const ancestors = (storage: "f32" | "bf16" | "int8" | "w8a8"): string[] => {
    const { nodes } = trace(widening, { ...inputs, w: { shape: [2, 3], storage } });
    return needs(nodes, "y");
  };

  it.each(["bf16", "int8"] as const)("makes the widening of %s wait", (storage) => {
    expect(ancestors(storage)).toContain("Exp");
  });

  it.each(["f32", "w8a8"] as const)("leaves %s alone, which products read as it is", (storage) => {
    expect(ancestors(storage)).not.toContain("Exp");
  });
});
