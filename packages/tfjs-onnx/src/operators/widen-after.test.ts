import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { compile } from "../compile.ts";
import { float32 } from "../host-tensor.ts";
import { scalesOf } from "../trace/input.ts";
import { trace, type TracedFunction } from "../trace/trace.ts";
import { widenAfter } from "./widen-after.ts";

const product: TracedFunction = ({ x, w, other }) => ({
  y: tf.matMul(x!, widenAfter(w!, tf.exp(other!)), false, true),
});
const plain: TracedFunction = ({ x, w }) => ({ y: tf.matMul(x!, w!, false, true) });
const inputs = { x: { shape: [2, 3] }, other: { shape: [2, 2] } };
const x = float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const other = float32([2, 2], Float32Array.of(NaN, 1, 2, Infinity));

describe("widenAfter", () => {
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

  it("makes the widening wait for the other", () => {
    const { nodes } = trace(product, { ...inputs, w: { shape: [2, 3], storage: "int8" } });
    const widened = nodes.findIndex(({ op }) => op === "DequantizeLinear");
    const made = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const needs = (name: string): string[] => {
      const node = made.get(name);
      return node ? [node.op, ...node.inputs.flatMap(needs)] : [];
    };
    expect(nodes[widened]!.inputs.flatMap(needs)).toContain("Exp");
  });

  it("leaves a float32 matrix as it is, and any outside a recording", () => {
    const { nodes } = trace(product, { ...inputs, w: { shape: [2, 3] } });
    expect(nodes.map(({ op }) => op)).toEqual(["FusedMatMul", "Identity"]);
    const w = tf.zeros([2, 3]);
    expect(widenAfter(w, w)).toBe(w);
  });
});
