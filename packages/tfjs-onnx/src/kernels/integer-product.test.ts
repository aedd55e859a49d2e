import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../compile.ts";
import { float32, type HostTensor, int32 } from "../host-tensor.ts";
import { integerForm, type IntegerForm } from "../integer-form.ts";
import { createSession } from "../session.ts";
import { offsetsOf, scalesOf, transposedOf } from "../trace/input.ts";
import type { TracedFunction } from "../trace/trace.ts";
import { levelsFor } from "./integer-product.ts";

/** Deterministic numbers in ±1, no two rows alike. */
const numbers = (length: number, start: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * start) ** 3);

interface Matrix {
  readonly feeds: Record<string, HostTensor>;
  /** The numbers that the integers stand for: [rows, columns]. */
  readonly values: Float32Array;
}

/** Products of each row with 128 in every place. */
const offsetsFor = (data: Int8Array, rows: number): Int32Array =>
  Int32Array.from({ length: rows }, (_, row) => {
    const width = data.length / rows;
    return 128 * data.slice(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0);
  });

function integers(rows: number, columns: number): Matrix {
  const data = Int8Array.from(numbers(rows * columns, 2), (x) => Math.round(127 * x));
  const scales = Float32Array.from({ length: rows }, (_, row) => 0.01 * (1 + (row % 5)));
  const turned = Int8Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
  return {
    feeds: {
      w: { dtype: "int8", shape: [rows, columns], data },
      [scalesOf("w")]: float32([rows], scales),
      [transposedOf("w")]: { dtype: "int8", shape: [columns, rows], data: turned },
      [offsetsOf("w")]: int32([rows], offsetsFor(data, rows)),
    },
    values: Float32Array.from(data, (value, i) => value * scales[Math.floor(i / columns)]!),
  };
}

const forward: TracedFunction = ({ x, w }) => ({ y: tf.matMul(x!, w!, false, true) });
const backward: TracedFunction = ({ x, w }) => ({ y: tf.matMul(x!, w!) });

/** The integers as they are fed, and how they are declared. */
function asFed(feeds: Matrix["feeds"], form: IntegerForm): Matrix["feeds"] {
  if (form === "int8") return feeds;
  const unsigned = ({ dtype, shape, data }: HostTensor): HostTensor =>
    dtype === "int8" ? { dtype: "uint8", shape, data: Uint8Array.from(data, (x) => x + 128) } : { dtype, shape, data };
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, unsigned(tensor)]));
}

interface Product {
  readonly form: IntegerForm;
  readonly x: Float32Array;
  /** Of x. */
  readonly width: number;
  readonly weight: Matrix;
  /** Of the integers: [rows, columns]. */
  readonly shape: readonly [number, number];
  readonly parts?: 2;
}

async function run(fn: TracedFunction, product: Product): Promise<Float32Array> {
  const { x, width, weight, shape, form, ...parts } = product;
  const rows = x.length / width;
  const session = await compile(
    fn,
    { x: { shape: [rows, width] }, w: { shape, storage: "w8a8", integers: form, ...parts } },
    { threads: 1 },
  );
  const { y } = await session.run({ x: float32([rows, width], x), ...asFed(weight.feeds, form) });
  await session.release();
  return y!.data as Float32Array;
}

/** The product in float64. */
function exact(transposed: boolean, { x, width, weight, shape: [rows, columns] }: Product): number[] {
  const results: number[] = [];
  const outs = transposed ? rows : columns;
  for (let i = 0; i < x.length / width; i++) {
    for (let out = 0; out < outs; out++) {
      let sum = 0;
      for (let k = 0; k < width; k++) {
        sum += x[i * width + k]! * weight.values[transposed ? out * columns + k : k * columns + out]!;
      }
      results.push(sum);
    }
  }
  return results;
}

/** ‖a − b‖ / ‖b‖ */
const distance = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.hypot(...b.map((value, i) => a[i]! - value)) / Math.hypot(...b);

/** What this processor multiplies exactly: uint8 always. */
const exactHere = await integerForm(createSession);
it.skipIf(exactHere === "int8")("int8: skipped, this processor has no VNNI", ({ skip }) => skip());
const forms: IntegerForm[] = exactHere === "int8" ? ["int8", "uint8"] : ["uint8"];

describe.each(forms)("products in 8-bit integers, as %s", (form) => {
  it("x Wᵀ by hand: what 16 columns do not take is rounded row by row", async () => {
    // 18 columns: 16 of x are taken out, 127 and −127/2 remain, whose step is 1: −63.5 becomes −64, its even neighbour.
    const width = 18;
    const x = new Float32Array(width).fill(1000);
    x[0] = 127;
    x[1] = -63.5;
    const data = new Int8Array(width).fill(0);
    data.set([1, 2, 0, 3]);
    const feeds = {
      w: { dtype: "int8" as const, shape: [1, width], data },
      [scalesOf("w")]: float32([1], Float32Array.of(0.5)),
      [transposedOf("w")]: { dtype: "int8" as const, shape: [width, 1], data },
      [offsetsOf("w")]: int32([1], offsetsFor(data, 1)),
    };
    const y = await run(forward, { x, width, weight: { feeds, values: x }, shape: [1, width], form });
    expect([...y]).toEqual([0.5 * (127 - 2 * 64 + 3 * 1000)]);
  });

  it("x Wᵀ is right to half a percent, and exact where at most 16 columns are not zero", async () => {
    const [rows, columns] = [24, 64] as const;
    const product = {
      x: numbers(8 * columns, 1),
      width: columns,
      weight: integers(rows, columns),
      shape: [rows, columns] as const,
      form,
    };
    expect(distance(await run(forward, product), exact(true, product))).toBeLessThan(5e-3);
    const sparse = { ...product, x: product.x.map((value, i) => ((i % columns) % 4 === 0 ? value : 0)) };
    expect(distance(await run(forward, sparse), exact(true, sparse))).toBeLessThan(1e-6);
  });

  it("x Wᵀ of a row alone is what it is among others: of few and of many terms, with outliers, and of zeros", async () => {
    for (const columns of [7, 16, 17, 64, 515]) {
      const [rows, weight] = [24, integers(24, columns)];
      const outlying = numbers(columns, 4).map((value, i) => (i % 40 === 3 ? 1000 * value : value));
      for (const x of [numbers(columns, 1), outlying, new Float32Array(columns)]) {
        const product = { width: columns, weight, shape: [rows, columns] as const, form };
        const alone = await run(forward, { ...product, x });
        const among = await run(forward, { ...product, x: Float32Array.of(...x, ...x) });
        const largest = Math.max(...x.map(Math.abs)) * columns;
        expect(alone).toBeAllClose([...among.subarray(0, rows)], { rtol: 1e-6, atol: 1e-6 * largest });
      }
    }
  });

  it("columns a thousand times as large as the others do not cost them their digits", async () => {
    const [rows, columns] = [24, 64] as const;
    const x = numbers(8 * columns, 1).map((value, i) => ([3, 40].includes(i % columns) ? 1000 * value : value));
    const product = { x, width: columns, weight: integers(rows, columns), shape: [rows, columns] as const, form };
    const whole = exact(true, product);
    const large = exact(true, { ...product, x: x.map((value, i) => ([3, 40].includes(i % columns) ? value : 0)) });
    const y = await run(forward, product);
    const small = whole.map((value, i) => value - large[i]!);
    expect(
      distance(
        y.map((value, i) => value - large[i]!),
        small,
      ),
    ).toBeLessThan(1e-2);
  });

  it("of many rows some are asked for those columns; a row that alone has a large entry loses its own digits, and no other's", async () => {
    const [many, rows, columns] = [300, 24, 64] as const;
    const x = numbers(many * columns, 1).map((value, i) => (i % columns < 16 ? 1000 * value : value));
    x[columns + 20] = 1e4; // row 1 is not asked
    const product = { x, width: columns, weight: integers(rows, columns), shape: [rows, columns] as const, form };
    const small = { ...product, x: x.map((value, i) => (i % columns < 16 ? 0 : value)) };
    const large = exact(true, { ...product, x: x.map((value, i) => (i % columns < 16 ? value : 0)) });
    const y = (await run(forward, product)).map((value, i) => value - large[i]!);
    const [ours, right] = [[...y], exact(true, small)];
    const others = (values: number[]): number[] => values.filter((_, i) => Math.floor(i / rows) !== 1);
    expect(distance(others(ours), others(right))).toBeLessThan(1e-2);
    expect(distance(ours.slice(rows, 2 * rows), right.slice(rows, 2 * rows))).toBeLessThan(1e-2);
  });

  it("x W is right to a percent; in two parts, to a ten-thousandth, a softmax, too", async () => {
    const narrow = { x: numbers(8 * 24, 1), width: 24, weight: integers(24, 64), shape: [24, 64] as const, form };
    expect(distance(await run(backward, narrow), exact(false, narrow))).toBeLessThan(1e-2);
    const softmax = numbers(8 * 512, 3).map((value) => Math.exp(12 * value));
    const head = {
      x: softmax,
      width: 512,
      weight: integers(512, 32),
      shape: [512, 32] as const,
      parts: 2 as const,
      form,
    };
    expect(distance(await run(backward, head), exact(false, head))).toBeLessThan(1e-4);
  });

  it("rows of zeros give zeros", async () => {
    const product = { x: new Float32Array(64), width: 32, weight: integers(4, 32), shape: [4, 32] as const, form };
    expect([...(await run(forward, product))]).toEqual(Array<number>(8).fill(0));
  });

  it("gives the gradient of its product: dy W for x Wᵀ", async () => {
    const [rows, columns] = [24, 64] as const;
    const weight = integers(rows, columns);
    const dy = numbers(8 * rows, 5);
    const session = await compile(
      ({ x, w, dy }) => ({ y: tf.grad((x: tf.Tensor) => tf.matMul(x, w!, false, true))(x!, dy!) }),
      {
        x: { shape: [8, columns] },
        dy: { shape: [8, rows] },
        w: { shape: [rows, columns], storage: "w8a8", integers: form },
      },
      { threads: 1 },
    );
    expect(session.inputs.map(({ name }) => name)).not.toContain(transposedOf("w"));
    const { y } = await session.run({ dy: float32([8, rows], dy), ...asFed(weight.feeds, form) });
    await session.release();
    const product = { x: dy, width: rows, weight, shape: [rows, columns] as const, form };
    expect(distance(y!.data, exact(false, product))).toBeLessThan(1e-2);
  });

  it("widens the matrix where no product of two matrices asks for it", async () => {
    const weight = integers(3, 4);
    const summed = await compile(
      ({ w }) => ({ y: tf.sum(w!) }),
      { w: { shape: [3, 4], storage: "w8a8", integers: form } },
      { threads: 1 },
    );
    const sum = await summed.run(asFed(weight.feeds, form));
    await summed.release();
    expect(sum["y"]!.data[0]).toBeCloseTo(
      weight.values.reduce((a, b) => a + b),
      5,
    );
    const session = await compile(
      ({ w, i }) => ({ y: tf.gather(w!, i as tf.Tensor1D) }),
      { w: { shape: [3, 4], storage: "w8a8", integers: form }, i: { shape: [2], dtype: "int32" } },
      { threads: 1 },
    );
    const { y } = await session.run({
      ...asFed(weight.feeds, form),
      i: { dtype: "int32", shape: [2], data: Int32Array.of(2, 0) },
    });
    await session.release();
    expect(y!.data).toBeAllClose([...weight.values.subarray(8, 12), ...weight.values.subarray(0, 4)]);
  });

  it("keeps sums within 32 bits, however many terms they have", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 20 }), (terms) => {
        const levels = levelsFor(terms);
        expect(levels).toBeGreaterThan(0);
        expect(levels * 127 * terms).toBeLessThan(2 ** 31);
      }),
    );
    expect(levelsFor(151_936)).toBe(111);
  });
});
