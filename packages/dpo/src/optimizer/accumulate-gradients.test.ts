import { expect, it } from "vitest";
import { addGradients, divideGradients } from "./accumulate-gradients.ts";

it("takes the mean over micro-batches", () => {
  const parts = [
    [1, 2],
    [3, -2],
    [5, 6],
  ].map((values) => new Map([["w", Float32Array.from(values)]]));
  const sum = addGradients(addGradients(addGradients(undefined, parts[0]!), parts[1]!), parts[2]!);
  divideGradients(sum, 3);
  expect([...sum.get("w")!]).toEqual([3, 2]);
});

it("leaves a single micro-batch's gradient bit for bit", () => {
  const only = new Map([["w", Float32Array.of(0.1, 1e-40)]]);
  const sum = addGradients(undefined, only);
  divideGradients(sum, 1);
  expect([...sum.get("w")!]).toEqual([...Float32Array.of(0.1, 1e-40)]);
});
