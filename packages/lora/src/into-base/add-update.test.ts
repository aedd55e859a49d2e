import { fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import type { FloatDtype } from "@prefdelta/safetensors";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoraModule } from "../adapter.ts";
import { deltaWeight } from "../delta-weight.ts";
import { addUpdate } from "./add-update.ts";

const module: LoraModule = {
  A: Float32Array.of(1, 2, 0, 4),
  B: Float32Array.of(1, 0, 0, 3, -1, 1),
  rank: 2,
  inFeatures: 2,
  outFeatures: 3,
  scale: 0.5,
};
const bytesOf = (values: number[], dtype: FloatDtype): Uint8Array =>
  fromFloat32(Float32Array.from(values), { dtype, shape: [values.length] }).bytes;
const valuesOf = (bytes: Uint8Array, dtype: FloatDtype): number[] => [
  ...toFloat32({ dtype, shape: [bytes.length / (dtype === "F32" ? 4 : 2)], bytes }),
];

describe("addUpdate", () => {
  it("adds scale · B · A, by hand", () => {
    const { bytes, lost } = addUpdate({ bytes: bytesOf([0, 0, 10, 10, 0, 0], "F32"), dtype: "F32", first: 0 }, module);
    expect(valuesOf(bytes, "F32")).toEqual([0.5, 1, 10, 16, -0.5, 1]);
    expect(lost).toBe(0);
  });

  it("takes B's rows from the place of the first row", () => {
    const { bytes } = addUpdate({ bytes: bytesOf([10, 10, 0, 0], "BF16"), dtype: "BF16", first: 1 }, module);
    expect(valuesOf(bytes, "BF16")).toEqual([10, 16, -0.5, 1]);
  });

  it("rounds once after the whole sum, ties to even", () => {
    // 2^-9 twice is 2^-8, half of bfloat16's unit at 1: each alone would be lost, together they tie.
    const halves: LoraModule = { ...module, A: Float32Array.of(1, 1, 1, 1), B: new Float32Array(6).fill(2 ** -8) };
    const at = (value: number): number[] => {
      const bytes = bytesOf([value, value], "BF16");
      return valuesOf(addUpdate({ bytes, dtype: "BF16", first: 0 }, halves).bytes, "BF16");
    };
    expect(at(1)).toEqual([1, 1]);
    expect(at(1 + 2 ** -7)).toEqual([1 + 2 ** -6, 1 + 2 ** -6]);
  });

  it.each([
    ["F16", 65519, 0],
    ["F16", 65520, 1],
    ["BF16", 3.396e38, 0],
    ["BF16", 3.3962e38, 1],
    ["F32", 3.402e38, 0],
    ["F32", 3.403e38, 1],
    ["BF16", NaN, 1],
  ] as const)("counts entries that leave the range of %s: %d", (dtype, value, expected) => {
    // B · A can reach beyond float32.
    const one = {
      A: Float32Array.of(value / 4),
      B: Float32Array.of(4),
      rank: 1,
      inFeatures: 1,
      outFeatures: 1,
      scale: 1,
    };
    const { bytes, lost } = addUpdate({ bytes: bytesOf([0], dtype), dtype, first: 0 }, one);
    expect(lost).toBe(expected);
    expect(valuesOf(bytes, dtype).filter((found) => !Number.isFinite(found))).toHaveLength(expected);
  });

  it("is W + ΔW in float64, by blocks of any size", () => {
    const sizes = fc.record({
      out: fc.integer({ min: 1, max: 6 }),
      rank: fc.integer({ min: 1, max: 9 }),
      cut: fc.nat(6),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(sizes, ({ out, rank, cut, seed }) => {
        const inFeatures = 3;
        const noise = (count: number, more: number): Float32Array =>
          Float32Array.from({ length: count }, (_, i) => Math.sin(1000 * Math.sin(seed + more + i)));
        const one: LoraModule = {
          A: noise(rank * inFeatures, 1),
          B: noise(out * rank, 50),
          rank,
          inFeatures,
          outFeatures: out,
          scale: 1.5,
        };
        const weight = noise(out * inFeatures, 100);
        const all = fromFloat32(weight, { dtype: "F32", shape: [out, inFeatures] }).bytes;
        const at = Math.min(cut, out);
        const blocks = [all.subarray(0, at * inFeatures * 4), all.subarray(at * inFeatures * 4)];
        const found = blocks.flatMap((bytes, i) =>
          valuesOf(addUpdate({ bytes, dtype: "F32", first: i === 0 ? 0 : at }, one).bytes, "F32"),
        );
        const delta = deltaWeight(one);
        expect(found).toBeAllClose(
          Array.from(weight, (value, i) => value + delta[i]!),
          { rtol: 1e-7, atol: 1e-7 },
        );
      }),
    );
  });
});
