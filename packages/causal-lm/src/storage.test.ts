import { fromFloat32, toFloat32 } from "@prefdelta/safetensors";
import { scalesOf } from "@prefdelta/tfjs-onnx";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { narrowWords, store, storeView, widen, widenWords } from "./storage.ts";

describe("bfloat16", () => {
  it("rounds to nearest, ties to even", () => {
    const values = Float32Array.of(1, 1.00390625, 1.01171875, -2, 0, Infinity);
    expect([...narrowWords(values, "bf16")]).toEqual([0x3f80, 0x3f80, 0x3f82, 0xc000, 0, 0x7f80]);
  });

  it("keeps NaN", () => {
    expect(widenWords(narrowWords(Float32Array.of(NaN), "bf16"), "bf16")[0]).toBeNaN();
  });

  it("is exact on its own values", () => {
    fc.assert(
      fc.property(fc.uint16Array(), (words) => {
        const finite = words.filter((word) => (word & 0x7f80) !== 0x7f80);
        expect(narrowWords(widenWords(finite, "bf16"), "bf16")).toEqual(finite);
      }),
    );
  });
});

describe("store", () => {
  const shape = [2, 4];
  const values = Float32Array.of(1, -2, 0.5, 0.25, 0, 0, 127, 3);

  it("keeps f32 arrays in place", () => {
    expect(store("w", { shape, values }, "f32")["w"]!.data).toBe(values);
  });

  it("keeps norm gains in f32 whatever the storage", () => {
    const gain = { shape: [3], values: Float32Array.of(1, 2, 3) };
    expect(store("g", gain, "int8")).toEqual({ g: { dtype: "float32", shape: [3], data: gain.values } });
  });

  it.each(["bf16", "f16", "int8"] as const)("widens %s back to within its precision", (storage) => {
    const stored = store("w", { shape, values }, storage);
    const wide = widen(stored["w"]!, storage, stored[scalesOf("w")]);
    // half a unit in the last place: 2^-9 relative for bf16, 2^-12 for f16; half a step of the row's scale for int8
    const atol = storage === "int8" ? 0.5 : 0;
    expect(wide.data).toBeAllClose(values, { rtol: storage === "f16" ? 2 ** -12 : 2 ** -9, atol });
  });

  it("gives an all-zero row a scale that divides", () => {
    const stored = store("w", { shape: [1, 2], values: new Float32Array(2) }, "int8");
    expect([...stored[scalesOf("w")]!.data]).toEqual([1]);
    expect([...stored["w"]!.data]).toEqual([0, 0]);
  });
});

describe("storeView", () => {
  const shape = [2, 4];
  const values = Float32Array.of(1, -2, 0.5, 0.25, 0, -0, 127, 3.14);

  it("is store of the widened tensor, whatever the checkpoint's type", () => {
    for (const dtype of ["F32", "F16", "BF16"] as const) {
      for (const storage of ["f32", "bf16", "f16", "int8", "w8a8"] as const) {
        const view = fromFloat32(values, { dtype, shape });
        const rounded = toFloat32(view);
        expect(storeView("w", view, { storage })).toEqual(store("w", { shape, values: rounded }, storage));
      }
    }
  });

  it.each([
    ["F32", "f32"],
    ["BF16", "bf16"],
    ["F16", "f16"],
  ] as const)("takes %s numbers as they are: a checkpoint is not in memory twice", (dtype, storage) => {
    const view = fromFloat32(values, { dtype, shape });
    expect(storeView("w", view, { storage })["w"]!.data.buffer).toBe(view.bytes.buffer);
  });

  it("copies words that do not begin at a word's place", () => {
    const { bytes, ...rest } = fromFloat32(values, { dtype: "BF16", shape });
    const buffer = new Uint8Array(bytes.length + 1);
    buffer.set(bytes, 1);
    const stored = storeView("w", { ...rest, bytes: buffer.subarray(1) }, { storage: "bf16" })["w"]!;
    buffer.fill(0);
    expect(stored.data).toEqual(narrowWords(values, "bf16"));
  });
});
