import { toFloat32 } from "@prefdelta/safetensors";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Adapter, LoraModule } from "./adapter.ts";
import { deltaWeight } from "./delta-weight.ts";
import { LoraError } from "./errors.ts";
import { peftKey } from "./peft-keys.ts";
import { portableTensors } from "./portable-tensors.ts";

const adapterOf = (modules: Record<string, LoraModule>): Adapter => ({
  modules: new Map(Object.entries(modules)),
  baseModel: null,
  metadata: new Map(),
});

const small: LoraModule = {
  A: Float32Array.of(1, 2, 3),
  B: Float32Array.of(1, -1),
  rank: 1,
  inFeatures: 3,
  outFeatures: 2,
  scale: 0.5,
};
const large: LoraModule = {
  A: Float32Array.of(1, 2, 3, 4),
  B: Float32Array.of(5, 6),
  rank: 2,
  inFeatures: 2,
  outFeatures: 1,
  scale: 1,
};

function problemsOf(adapter: Adapter, dtype: "F32" | "F16" = "F32"): readonly string[] {
  try {
    portableTensors(adapter, dtype);
  } catch (error) {
    expect(error).toMatchObject({ name: "LoraError", code: "E_ADAPTER" });
    return (error as LoraError).problems;
  }
  return [];
}

describe("portableTensors", () => {
  it("pads to one rank and folds the scale into B, by hand", () => {
    const { rank, tensors } = portableTensors(adapterOf({ small, large }), "F32");
    expect(rank).toBe(2);
    expect([...tensors].map(([key, view]) => [key, view.shape, [...toFloat32(view)]])).toEqual([
      [peftKey("small", "A"), [2, 3], [1, 2, 3, 0, 0, 0]],
      [peftKey("small", "B"), [2, 2], [0.5, 0, -0.5, 0]],
      [peftKey("large", "A"), [2, 2], [1, 2, 3, 4]],
      [peftKey("large", "B"), [1, 2], [5, 6]],
    ]);
  });

  it("keeps A's bits and every update, and is the identity on its own result", () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 });
    const module = fc
      .record({ rank: fc.integer({ min: 1, max: 3 }), inFeatures: fc.integer({ min: 1, max: 4 }) })
      .chain(({ rank, inFeatures }) =>
        fc.record({
          A: fc.float32Array({
            noNaN: true,
            noDefaultInfinity: true,
            minLength: rank * inFeatures,
            maxLength: rank * inFeatures,
          }),
          B: fc.array(float, { minLength: 2 * rank, maxLength: 2 * rank }).map((values) => Float32Array.from(values)),
          rank: fc.constant(rank),
          inFeatures: fc.constant(inFeatures),
          outFeatures: fc.constant(2),
          scale: fc.constantFrom(1, 2, 0.5, 1 / 3, Math.SQRT2),
        }),
      );
    fc.assert(
      fc.property(module, module, (a, b) => {
        const { rank, tensors } = portableTensors(adapterOf({ a, b }), "F32");
        for (const [path, source] of Object.entries({ a, b })) {
          const A = toFloat32(tensors.get(peftKey(path, "A"))!);
          const B = toFloat32(tensors.get(peftKey(path, "B"))!);
          expect(A.subarray(0, source.A.length)).toEqual(source.A);
          const result = { ...source, A, B, rank, scale: 1 };
          // B·scale rounds once: relative 2⁻²⁴ of each product that is summed.
          const size = deltaWeight({ ...source, A: source.A.map(Math.abs), B: source.B.map(Math.abs) });
          const difference = deltaWeight(result).map((value, i) => value - deltaWeight(source)[i]!);
          for (const [i, value] of difference.entries()) {
            expect(Math.abs(value)).toBeLessThanOrEqual(size[i]! * 2 ** -23 + 1e-4);
          }
          expect(portableTensors(adapterOf({ [path]: result }), "F32").tensors.get(peftKey(path, "B"))).toEqual(
            tensors.get(peftKey(path, "B")),
          );
        }
      }),
    );
  });

  it("stores what was asked for", () => {
    const { tensors } = portableTensors(adapterOf({ small }), "BF16");
    expect([...tensors.values()].map(({ dtype, bytes }) => [dtype, bytes.length])).toEqual([
      ["BF16", 6],
      ["BF16", 4],
    ]);
  });
});

describe("refusals, all at once", () => {
  it("of no modules", () => {
    expect(problemsOf(adapterOf({}))).toEqual(["expected at least one module, found none"]);
  });

  it("of arrays that do not fit", () => {
    const shortA = { ...small, A: Float32Array.of(1) };
    const longB = { ...small, B: Float32Array.of(1, 2, 3), scale: NaN };
    expect(problemsOf(adapterOf({ shortA, longB, none: { ...small, rank: 0 } }))).toEqual([
      "shortA: expected 3 values in A (1×3), found 1",
      "longB: expected 2 values in B (2×1), found 3",
      "longB: expected a finite scale, found NaN",
      "none: expected a positive rank, in and out, found 0, 3, 2",
    ]);
  });

  it("of values that are not finite, or not in the stored dtype", () => {
    const diverged = { ...small, A: Float32Array.of(1, NaN, Infinity) };
    const wide = { ...small, B: Float32Array.of(60000, 1), scale: 2 };
    expect(problemsOf(adapterOf({ diverged, wide }))).toEqual([
      `${peftKey("diverged", "A")}: expected finite values in F32, found 2 that are not`,
    ]);
    expect(problemsOf(adapterOf({ wide }), "F16")).toEqual([
      `${peftKey("wide", "B")}: expected finite values in F16, found 1 that are not`,
    ]);
  });
});
