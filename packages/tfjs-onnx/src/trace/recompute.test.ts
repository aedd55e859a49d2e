import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../compile.ts";
import { float32 } from "../host-tensor.ts";
import type { OnnxGraph } from "../onnx/graph.ts";
import { recomputingGradients } from "../operators/recomputing-gradients.ts";
import { trace, type TracedFunction } from "./trace.ts";

beforeAll(() => tf.setBackend("cpu"));

/** Layers x + (g σ(g) · u) W with g = x U and u = x V, then Σ x²: of a layer, g, u and x are enough to make everything else without a product. */
const net =
  (differentiate: typeof tf.valueAndGrads<tf.Scalar>): TracedFunction =>
  ({ x, U, V, W }) => {
    const { value, grads } = differentiate((u, v, w) => {
      let h = x!;
      for (let layer = 0; layer < 3; layer++) {
        const gate = tf.matMul(h, u!);
        const gated = tf.mul(tf.mul(gate, tf.sigmoid(gate)), tf.matMul(h, v!));
        h = tf.add(h, tf.matMul(gated, w!));
      }
      return tf.sum<tf.Scalar>(tf.square(h));
    })([U!, V!, W!]);
    return { value, dU: grads[0]!, dV: grads[1]!, dW: grads[2]! };
  };
const all = net(tf.valueAndGrads);
const dear = net(recomputingGradients);

const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * step) / 2);
const feeds = {
  x: float32([5, 4], wave(20, 0.7)),
  U: float32([4, 6], wave(24, 1.3)),
  V: float32([4, 6], wave(24, 0.9)),
  W: float32([6, 4], wave(24, 2.1)),
};
const specs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]));
const count = ({ nodes }: OnnxGraph, op: string): number => nodes.filter((node) => node.op === op).length;

describe("recompute", () => {
  it("computes cheap operators again for the way back, and no product", () => {
    const [held, recomputed] = [trace(all, specs), trace(dear, specs)];
    expect(count(recomputed, "Sigmoid")).toBe(2 * count(held, "Sigmoid"));
    expect(count(recomputed, "FusedMatMul")).toBe(count(held, "FusedMatMul"));
  });

  it("keeps of a layer what its products made, and the stream", () => {
    const { nodes } = trace(dear, specs);
    const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const isCopy = (name: string): boolean => name.startsWith("again");
    // What copies are made of first waits in a Reshape.
    const kept = nodes
      .filter(({ op, outputs }) => op === "Reshape" && isCopy(outputs[0]!))
      .map(({ inputs }) => inputs[0]!);
    const makersOfKept = kept.map((name) => makers.get(name)?.op ?? "input");
    expect(makersOfKept.length).toBeGreaterThan(0);
    expect(new Set(makersOfKept)).toEqual(new Set(["FusedMatMul"]));
  });

  it("lets a copy wait for the way back: it depends on a product of it", () => {
    const { nodes } = trace(dear, specs);
    const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const position = new Map(nodes.map((node, i) => [node, i]));
    const lastForward = nodes.findIndex(({ op }) => op === "ReduceSum");
    const earliest = (name: string): number[] => {
      const node = makers.get(name);
      return node ? [position.get(node)!, ...node.inputs.flatMap(earliest)] : [];
    };
    const copies = nodes.filter(({ op, outputs }) => op === "Sigmoid" && outputs[0]!.startsWith("again"));
    expect(copies).toHaveLength(3);
    for (const { inputs } of copies) expect(Math.max(...inputs.flatMap(earliest))).toBeGreaterThan(lastForward);
  });

  it("is in topological order, and changes no bit", async () => {
    const { nodes, inputs, initializers } = trace(dear, specs);
    const there = new Set([...inputs, ...initializers].map(({ name }) => name));
    for (const node of nodes) {
      for (const name of node.inputs.filter((name) => name !== "")) expect(there).toContain(name);
      for (const name of node.outputs) there.add(name);
    }
    const [held, recomputed] = await Promise.all([compile(all, specs), compile(dear, specs)]);
    expect(await recomputed.run(feeds)).toEqual(await held.run(feeds));
    await Promise.all([held.release(), recomputed.release()]);
  });

  it("is left out for other providers", () => {
    const graph = (fn: TracedFunction) => trace(fn, specs, { provider: "cuda" });
    expect(graph(dear)).toEqual(graph(all));
  });

  it("is tf.valueAndGrads where nothing is recorded", () => {
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    const [held, recomputed] = [all(tensors), dear(tensors)];
    for (const [name, tensor] of Object.entries(held)) expect(recomputed[name]!.dataSync()).toEqual(tensor.dataSync());
  });
});
