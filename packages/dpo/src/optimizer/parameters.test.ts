import { expect, it } from "vitest";
import { flattenFactors } from "./parameters.ts";

it("names factors as PEFT does and shares their memory", () => {
  const A = Float32Array.of(1);
  const B = Float32Array.of(2);
  const flat = flattenFactors(new Map([["layers.0.q_proj", { A, B }]]));
  expect([...flat.keys()]).toEqual(["layers.0.q_proj.lora_A.weight", "layers.0.q_proj.lora_B.weight"]);
  expect(flat.get("layers.0.q_proj.lora_A.weight")).toBe(A);
  expect(flat.get("layers.0.q_proj.lora_B.weight")).toBe(B);
});
