import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deserialize } from "./deserialize.ts";
import type { Dtype } from "./dtype.ts";
import { isFloatDtype } from "./float-codecs.ts";
import type { FloatDtype } from "./float-codecs.ts";
import { fromFloat32 } from "./from-float32.ts";
import { toFloat32 } from "./to-float32.ts";

/** codec.f32 and what torch makes of it in 16 bits; made by tooling/peers/safetensors_golden.py. */
const { tensors } = deserialize(
  new Uint8Array(readFileSync(new URL("__fixtures__/golden.safetensors", import.meta.url))),
);

const encode = (dtype: FloatDtype, ...values: number[]): number[] => [
  ...new Uint16Array(fromFloat32(Float32Array.from(values), { dtype, shape: [values.length] }).bytes.slice().buffer),
];
const decode = (dtype: Dtype, ...halves: number[]): number[] => [
  ...toFloat32({ dtype, shape: [halves.length], bytes: new Uint8Array(Uint16Array.from(halves).buffer) }),
];

describe("against torch", () => {
  it.each(["f16", "bf16"] as const)("codec.%s has the same bytes", (key) => {
    const source = toFloat32(tensors.get("codec.f32")!);
    const expected = tensors.get(`codec.${key}`)!;
    const { dtype, shape } = expected;
    expect(fromFloat32(source, { dtype: dtype as FloatDtype, shape })).toEqual(expected);
  });
});

it.each(["F32", "F16", "BF16"] as const)("%s is a new array, wherever its bytes begin, a Buffer's too", (dtype) => {
  const { bytes, ...view } = fromFloat32(Float32Array.of(1, -2, 0.5), { dtype, shape: [3] });
  for (let offset = 0; offset < 4; offset++) {
    const memory = Buffer.alloc(offset + bytes.length + 1);
    memory.set(bytes, offset);
    for (const whole of [memory, new Uint8Array(memory)]) {
      const values = toFloat32({ ...view, bytes: whole.subarray(offset, offset + bytes.length) });
      whole.fill(0);
      expect(values).toEqual(Float32Array.of(1, -2, 0.5));
    }
  }
});

it.each(["F32", "F16", "BF16"] as const)("%s widens into memory whose last bytes it is", (dtype) => {
  const values = Float32Array.from({ length: 9 }, (_, i) => 2 ** i - 100);
  const { bytes, ...view } = fromFloat32(values, { dtype, shape: [9] });
  const [exact, ...others] = [4, 0, 8].map((begin) => {
    const memory = new Uint8Array(begin + 36);
    memory.set(bytes, memory.length - bytes.length);
    const into = new Float32Array(memory.buffer, begin, 9);
    expect(toFloat32({ ...view, bytes: memory.subarray(memory.length - bytes.length) }, into)).toBe(into);
    return into;
  });
  expect(exact).toEqual(toFloat32({ ...view, bytes }));
  expect(others).toEqual([exact, exact]);
  const short = new Float32Array(8);
  expect(() => toFloat32({ ...view, bytes }, short)).toThrow(expect.objectContaining({ code: "E_SIZE" }) as Error);
});

describe("F16 by hand", () => {
  it("rounds to nearest, ties to even", () => {
    expect(encode("F16", 1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20)).toEqual([
      0x3c00, 0x3c00, 0x3c02, 0x3c01,
    ]);
  });

  it("overflows to infinity only past half a unit above 65504", () => {
    expect(encode("F16", 65504, 65519, 65520, -65520, Infinity)).toEqual([0x7bff, 0x7bff, 0x7c00, 0xfc00, 0x7c00]);
  });

  it("keeps subnormals, and both zeros", () => {
    expect(encode("F16", 2 ** -24, 2 ** -25, 3 * 2 ** -25, 1023 * 2 ** -24, 0, -0)).toEqual([
      1, 0, 2, 0x3ff, 0, 0x8000,
    ]);
    expect(decode("F16", 1, 0x3ff, 0x8001)).toEqual([2 ** -24, 1023 * 2 ** -24, -(2 ** -24)]);
  });

  it("decodes every pattern by the definition", () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const decoded = decode("F16", ...patterns);
    for (const [pattern, value] of decoded.entries()) {
      const sign = pattern >> 15 ? -1 : 1;
      const exponent = (pattern >> 10) & 31;
      const fraction = pattern & 1023;
      const special = fraction ? NaN : Infinity * sign;
      const normal = exponent === 31 ? special : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
      if (!Object.is(value, exponent === 0 ? sign * fraction * 2 ** -24 : normal)) expect(value).toBe(pattern);
    }
  });
});

describe("BF16 by hand", () => {
  it("rounds to nearest, ties to even", () => {
    expect(encode("BF16", 1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -23)).toEqual([
      0x3f80, 0x3f80, 0x3f82, 0x3f81,
    ]);
  });

  it("has infinities, one NaN and subnormals", () => {
    expect(encode("BF16", Infinity, -Infinity, NaN, 3.4028235e38, 9.2e-41, -0)).toEqual([
      0x7f80, 0xff80, 0x7fc0, 0x7f80, 1, 0x8000,
    ]);
    expect(decode("BF16", 0x7f80, 0xff80, 0x7f81, 1, 0x8000)).toEqual([Infinity, -Infinity, NaN, 2 ** -133, -0]);
  });
});

describe("every codec", () => {
  const narrow = fc.constantFrom<FloatDtype>("F16", "BF16");
  const float = fc.float({ noNaN: true });

  it("encode after decode is the identity on bytes", () => {
    fc.assert(
      fc.property(narrow, fc.array(fc.nat(65535)), (dtype, halves) => {
        const numbers = halves.filter((half) => !decode(dtype, half).some(Number.isNaN));
        expect(encode(dtype, ...decode(dtype, ...numbers))).toEqual(numbers);
      }),
    );
  });

  it("rounds monotonically and by at most half a unit", () => {
    const precision = { F16: { bits: 11, tiny: 2 ** -25 }, BF16: { bits: 8, tiny: 2 ** -134 } };
    fc.assert(
      fc.property(fc.constantFrom("F16" as const, "BF16" as const), float, float, (dtype, a, b) => {
        const [x, y] = [Math.min(a, b), Math.max(a, b)];
        const [p, q] = decode(dtype, ...encode(dtype, x, y)) as [number, number];
        expect(p).toBeLessThanOrEqual(q);
        const { bits, tiny } = precision[dtype];
        if (Number.isFinite(p)) expect(Math.abs(p - x)).toBeLessThanOrEqual(Math.max(Math.abs(x) * 2 ** -bits, tiny));
      }),
    );
  });

  it("F32 keeps every bit, payloads of NaN too", () => {
    const bits = Uint32Array.of(0x7fa12345, 0xffc00001, 0x80000000, 1);
    const bytes = new Uint8Array(bits.buffer);
    const values = toFloat32({ dtype: "F32", shape: [2, 2], bytes });
    expect(fromFloat32(values, { dtype: "F32", shape: [2, 2] }).bytes).toEqual(bytes);
  });

  it("reads bytes at an odd address", () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    expect(toFloat32({ dtype: "F32", shape: [2], bytes: bytes.subarray(1) })).toEqual(Float32Array.of(1.5, -2));
  });

  it("gives new memory both ways", () => {
    const source = Float32Array.of(1, 2);
    const view = fromFloat32(source, { dtype: "F32", shape: [2] });
    const back = toFloat32(view);
    source[0] = 9;
    expect(back).toEqual(Float32Array.of(1, 2));
    expect(toFloat32(view)).toEqual(back);
  });
});

describe("refusals", () => {
  it("of dtypes without a codec", () => {
    expect(isFloatDtype("I64")).toBe(false);
    expect(() => toFloat32({ dtype: "F64", shape: [1], bytes: new Uint8Array(8) })).toThrow(
      expect.objectContaining({ code: "E_CODEC", message: "toFloat32: expected F32, F16 or BF16, found F64" }),
    );
  });

  it("of bytes or values that do not fit the shape", () => {
    expect(() => toFloat32({ dtype: "F16", shape: [2], bytes: new Uint8Array(3) })).toThrow(
      expect.objectContaining({ code: "E_SIZE" }),
    );
    expect(() => fromFloat32(new Float32Array(3), { dtype: "F16", shape: [2, 2] })).toThrow(
      "fromFloat32: expected 4 values (shape [2,2]), found 3",
    );
  });
});
