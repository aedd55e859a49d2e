import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { compile } from "./compile.ts";
import { float32, type HostTensor } from "./host-tensor.ts";
import { scalesOf } from "./trace/input.ts";

const x = float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const sumOfRows = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.sum(x!, 1) });

describe("createSession", () => {
  it("runs a graph on typed arrays", async () => {
    const session = await compile(sumOfRows, { x: { shape: [2, 3] } });
    expect(await session.run({ x })).toEqual({ y: float32([2], Float32Array.of(6, 15)) });
    await session.release();
  });

  it("reads feeds in place: a weight changed between runs counts", async () => {
    const session = await compile(sumOfRows, { x: { shape: [2, 3] } });
    const weight = float32([2, 3], Float32Array.from(x.data));
    await session.run({ x: weight });
    weight.data[0] = 100;
    expect((await session.run({ x: weight }))["y"]!.data[0]).toBe(105);
    await session.release();
  });

  it("gives the same bits at every run and thread count", async () => {
    const side = 96;
    const values = (seed: number) =>
      float32(
        [side, side],
        Float32Array.from({ length: side * side }, (_, i) => Math.sin(i * seed)),
      );
    const fn = ({ a, b }: Record<string, tf.Tensor>) => ({ y: tf.softmax(tf.matMul(a!, b!, false, true)) });
    const specs = { a: { shape: [side, side] }, b: { shape: [side, side] } };
    const feeds = { a: values(0.7), b: values(1.3) };
    const runs: HostTensor[] = [];
    for (const threads of [1, 2, 2]) {
      const session = await compile(fn, specs, { threads });
      runs.push((await session.run(feeds))["y"]!);
      await session.release();
    }
    expect(runs[1]!.data).toEqual(runs[0]!.data);
    expect(runs[2]!.data).toEqual(runs[0]!.data);
  });

  it("adds up rows that meet, each once, on several threads", async () => {
    const [rows, targets] = [16_384, 4];
    const specs = { x: { shape: [rows, 64] }, ids: { shape: [rows], dtype: "int32" as const } };
    const feeds = {
      x: float32([rows, 64], new Float32Array(rows * 64).fill(1)),
      ids: { dtype: "int32" as const, shape: [rows], data: Int32Array.from({ length: rows }, (_, i) => i % targets) },
    };
    const sum = ({ x, ids }: Record<string, tf.Tensor>) => ({
      y: tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, targets),
    });
    const session = await compile(sum, specs, { threads: 2 });
    const expected = new Float32Array(targets * 64).fill(rows / targets);
    for (let run = 0; run < 10; run++) expect((await session.run(feeds))["y"]!.data).toEqual(expected);
    await session.release();
  });

  it.each([
    ["missing", {}, 'input "x" — expected float32 [2,3], got nothing'],
    ["of another shape", { x: float32([3, 2], x.data as Float32Array) }, "got float32 [3,2]"],
    ["of another type", { x: { ...x, dtype: "int32" as const, data: Int32Array.from(x.data) } }, "got int32 [2,3]"],
  ])("refuses a feed that is %s", async (_, feeds, message) => {
    const session = await compile(sumOfRows, { x: { shape: [2, 3] } });
    await expect(session.run(feeds as Record<string, HostTensor>)).rejects.toMatchObject({
      code: "E_FEED",
      message: expect.stringContaining(message) as string,
    });
    await session.release();
  });

  it("says so when an execution provider is not there", async () => {
    await expect(compile(sumOfRows, { x: { shape: [2, 3] } }, { provider: "cuda" })).rejects.toMatchObject({
      code: "E_PROVIDER",
      message: expect.stringContaining('"cuda"') as string,
    });
  });
});

describe("storage", () => {
  const product = ({ x, w }: Record<string, tf.Tensor>) => ({ y: tf.matMul(x!, w!, false, true) });
  const run = async (storage: "bf16" | "f16" | "int8", feeds: Record<string, HostTensor>) => {
    const session = await compile(product, { x: { shape: [2, 3] }, w: { shape: [2, 3], storage } });
    const { y } = await session.run({ x, ...feeds });
    await session.release();
    return y!.data;
  };
  // w = [[1, -2, 0.5], [3, 0, -1]], exact in all three
  const expected = [1 - 4 + 1.5, 3 - 3, 4 - 10 + 3, 12 - 6];

  it("widens bfloat16 words", async () => {
    const data = Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0x4040, 0, 0xbf80);
    expect(await run("bf16", { w: { dtype: "uint16", shape: [2, 3], data } })).toBeAllClose(expected);
  });

  it("widens float16 words", async () => {
    const data = Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x4200, 0, 0xbc00);
    expect(await run("f16", { w: { dtype: "uint16", shape: [2, 3], data } })).toBeAllClose(expected);
  });

  it("multiplies int8 rows by their scales", async () => {
    const feeds = {
      w: { dtype: "int8" as const, shape: [2, 3], data: Int8Array.of(2, -4, 1, 3, 0, -1) },
      [scalesOf("w")]: float32([2], Float32Array.of(0.5, 1)),
    };
    expect(await run("int8", feeds)).toBeAllClose(expected);
  });
});
