import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { encodeModel } from "../onnx/encode.ts";
import type { OnnxNode } from "../onnx/graph.ts";
import { orderLeaves } from "./order-leaves.ts";
import { trace } from "./trace.ts";

const node = (inputs: string, output: string): OnnxNode => ({
  op: "Add",
  domain: "",
  inputs: inputs.split(" "),
  outputs: [output],
  attributes: {},
});

it("puts what nothing reads last and in reverse, and leaves the rest in order", () => {
  const [a, first, b, second, c] = [
    node("x", "a"),
    node("a", "first"),
    node("a x", "b"),
    node("b", "second"),
    node("b", "c"),
  ];
  expect(orderLeaves([a!, first!, b!, second!, c!])).toEqual([a, b, c, second, first]);
});

it("makes ONNX Runtime compute each output as soon as it can", async () => {
  const steps = 6;
  const graph = trace(
    ({ x }) => {
      const outputs: Record<string, tf.Tensor> = {};
      let chain = x!;
      for (let i = 0; i < steps; i++) {
        chain = tf.matMul(chain, x!);
        outputs[`sum${i}`] = tf.sum(chain, 0);
      }
      return outputs;
    },
    { x: { shape: [4, 4] } },
  );
  const folder = await mkdtemp(join(tmpdir(), "profile "));
  const session = await ort.InferenceSession.create(encodeModel(graph), {
    graphOptimizationLevel: "all",
    enableProfiling: true,
    profileFilePrefix: join(folder, "run"),
  });
  await session.run({ x: new ort.Tensor("float32", new Float32Array(16), [4, 4]) });
  session.endProfiling();
  await session.release();
  const [file] = await readdir(folder);
  const events = JSON.parse(await readFile(join(folder, file!), "utf8")) as {
    name: string;
    args?: { op_name?: string };
  }[];
  await rm(folder, { recursive: true });
  const ran = events.filter(({ name }) => name.endsWith("_kernel_time")).map(({ args }) => args!.op_name);
  expect(ran).toEqual(Array.from({ length: steps }, () => ["FusedMatMul", "ReduceSum"]).flat());
});
