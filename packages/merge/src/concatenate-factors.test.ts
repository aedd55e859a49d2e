import { matrix } from "@prefdelta/linalg";
import { expect, it } from "vitest";
import { denseModule, moduleOf } from "./__fixtures__/make-modules.ts";
import { concatenateFactors, sideBySide } from "./concatenate-factors.ts";

it("takes A as it is where the modules' A follow one another in memory", () => {
  const memory = Float32Array.of(9, 1, 2, 3, 4, 5, 6);
  const first = { ...moduleOf(matrix(1, 1, [1]), matrix(1, 2, [0, 0])), A: memory.subarray(1, 3) };
  const second = { ...moduleOf(matrix(1, 2, [2, 3]), matrix(2, 2, [0, 0, 0, 0])), A: memory.subarray(3, 7) };
  const joined = sideBySide([first, second]);
  expect([joined.A.buffer, [...joined.A]]).toEqual([memory.buffer, [1, 2, 3, 4, 5, 6]]);
  expect([...joined.B]).toEqual([1, 2, 3]);
  const turned = sideBySide([second, first]);
  expect(turned.A.buffer).not.toBe(memory.buffer);
  expect([...turned.A]).toEqual([3, 4, 5, 6, 1, 2]);
});

it("puts factors of different ranks side by side, weight and scale in B", () => {
  const first = moduleOf(matrix(2, 1, [1, 2]), matrix(1, 3, [1, 0, 1]), 2);
  const second = moduleOf(matrix(2, 2, [1, 0, 0, 1]), matrix(2, 3, [0, 1, 0, 4, 0, 0]));
  const both = concatenateFactors([
    { index: 0, module: first, weight: 0.5 },
    { index: 1, module: second, weight: -1 },
  ]);
  expect(both).toEqual({
    A: Float32Array.of(1, 0, 1, 0, 1, 0, 4, 0, 0),
    B: Float32Array.of(1, -1, -0, 2, -0, -1),
    rank: 3,
    inFeatures: 3,
    outFeatures: 2,
    scale: 1,
  });
  // 0.5 · 2 · [1 2]ᵀ[1 0 1] − [[0 1 0], [4 0 0]]
  expect(denseModule(both).data).toBeAllClose([1, -1, 1, -2, 0, 2], { rtol: 0, atol: 0 });
});
