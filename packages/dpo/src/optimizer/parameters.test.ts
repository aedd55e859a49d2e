import { expect, it } from "vitest";
import { copyParameters, flattenFactors, setParameters } from "./parameters.ts";

it("names factors as PEFT does and shares their memory", () => {
  const A = Float32Array.of(1);
  const B = Float32Array.of(2);
  const flat = flattenFactors(new Map([["layers.0.q_proj", { A, B }]]));
  expect([...flat.keys()]).toEqual(["layers.0.q_proj.lora_A.weight", "layers.0.q_proj.lora_B.weight"]);
  expect(flat.get("layers.0.q_proj.lora_A.weight")).toBe(A);
  expect(flat.get("layers.0.q_proj.lora_B.weight")).toBe(B);
});

it("copies apart, and back in place", () => {
  const parameters = new Map([["w", Float32Array.of(1, 2)]]);
  const array = parameters.get("w")!;
  const copy = copyParameters(parameters);
  array[0] = 9;
  expect([...copy.get("w")!]).toEqual([1, 2]);
  setParameters(parameters, copy);
  expect(parameters.get("w")).toBe(array);
  expect([...array]).toEqual([1, 2]);
});
