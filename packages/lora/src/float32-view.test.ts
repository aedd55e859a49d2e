import { fromFloat32 } from "@prefdelta/safetensors";
import { expect, it } from "vitest";
import { float32Tensor, float32View } from "./float32-view.ts";

const values = Float32Array.of(1.5, -2, 0.25, 1e-3);

it("is the same memory in F32, both ways", () => {
  const tensor = float32Tensor(values.subarray(1), { dtype: "F32", shape: [3] });
  expect(tensor).toEqual(fromFloat32(values.slice(1), { dtype: "F32", shape: [3] }));
  const back = float32View(tensor);
  expect(back).toEqual(values.subarray(1));
  expect([back.buffer, back.byteOffset]).toEqual([values.buffer, 4]);
});

it("converts other dtypes, and what lies across", () => {
  for (const dtype of ["F16", "BF16"] as const) {
    const tensor = float32Tensor(values, { dtype, shape: [4] });
    expect(tensor).toEqual(fromFloat32(values, { dtype, shape: [4] }));
    expect([...float32View(tensor)].slice(0, 3)).toEqual([1.5, -2, 0.25]);
  }
  const odd = new Uint8Array(17);
  odd.set(new Uint8Array(values.buffer), 1);
  expect(float32View({ dtype: "F32", shape: [4], bytes: odd.subarray(1) })).toEqual(values);
});
